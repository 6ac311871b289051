-- SPDX-License-Identifier: Apache-2.0
--
-- OCSF events of Picket (output.format: ocsf) in ClickHouse: one column for each member at the top of an event, objects as
-- the JSON that they are. Columns that nearly every query asks for are taken out of them besides.
--
--   clickhouse-client --multiquery < clickhouse-ocsf.sql
--   clickhouse-client --date_time_input_format best_effort --input_format_json_read_objects_as_strings 1 \
--     --input_format_json_read_arrays_as_strings 1 --input_format_skip_unknown_fields 1 \
--     --query 'INSERT INTO picket.ocsf FORMAT JSONEachRow' < alerts.json
--
-- The settings: times end in Z, objects and arrays come as their text, and a later version may write members that there
-- are no columns for.
CREATE DATABASE IF NOT EXISTS picket;

CREATE TABLE IF NOT EXISTS picket.ocsf
(
    category_uid      UInt16,
    class_uid         UInt32,
    class_name        LowCardinality(String),
    activity_id       UInt16,
    activity_name     LowCardinality(String),
    type_uid          UInt64,
    severity_id       UInt8,
    severity          LowCardinality(String),
    message               String,
    status_id             UInt16,
    status_code           LowCardinality(String),
    is_alert              Bool,
    risk_level_id         UInt8,
    action_id             UInt8,
    action                LowCardinality(String),
    disposition_id        UInt8,
    disposition           LowCardinality(String),
    count                 UInt64,
    time                  Int64,
    time_dt               DateTime64(9,'UTC'),
    start_time            Int64,
    start_time_dt         DateTime64(9,'UTC'),
    end_time              Int64,
    end_time_dt           DateTime64(9,'UTC'),
    duration              Int64,
    response_time         Int64,
    response_time_dt      DateTime64(9,'UTC'),
    exit_code             Int64,
    launch_type_id        UInt16,
    rcode_id              UInt16,
    size                  UInt64,
    access_mask           UInt64,
    actual_permissions    UInt64,
    requested_permissions Int64,
    base_address          String,
    metadata              String,
    device                String,
    actor                 String,
    app                   String,
    process               String,
    file                  String,
    file_result           String,
    kernel                String,
    driver                String,
    module                String,
    query                 String,
    answers               String,
    connection_info       String,
    src_endpoint          String,
    dst_endpoint          String,
    traffic               String,
    resources             String,
    finding_info          String,
    evidences             String,
    observables           String,
    unmapped              String,
    -- taken out of objects
    event_uid         String DEFAULT JSONExtractString(metadata, 'uid'),
    host              LowCardinality(String) DEFAULT JSONExtractString(device, 'hostname'),
    rule              LowCardinality(String) DEFAULT JSONExtractString(finding_info, 'title'),
    process_path      String DEFAULT JSONExtractString(actor, 'process', 'file', 'path'),
    process_cmd_line  String DEFAULT JSONExtractString(actor, 'process', 'cmd_line')
)
ENGINE = ReplacingMergeTree -- second copies of an event (docs/kafka.md) go when parts are merged
PARTITION BY toYYYYMMDD(time_dt)
ORDER BY (class_uid, host, time_dt, event_uid)
TTL toDateTime(time_dt) + INTERVAL 90 DAY;
