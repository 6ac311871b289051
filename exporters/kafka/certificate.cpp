// SPDX-License-Identifier: Apache-2.0
//
// Certificates that a broker would refuse, found before it is asked. What librdkafka says of them is "broker transport
// failure", minutes later.
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <system_error>

#include "exporters/kafka/client_configuration.h"

namespace picket {

namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::string text_of(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  ASN1_TIME_print(out.get(), time);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<void> check_certificate_file(const std::string& property, const std::string& path) {
  const std::string which = "kafka: property '" + property + "': ";
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), BIO_free);
  if (!file)
    return Error{which + path + " cannot be read: " + std::generic_category().message(errno),
                 "the sensor reads it as root, before it serves"};
  bool any = false;
  bool valid = false;
  Error expired{"", ""};
  const std::time_t now = std::time(nullptr);
  while (true) {
    const Certificate certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    const ASN1_TIME* end = X509_get0_notAfter(certificate.get());
    const ASN1_TIME* begin = X509_get0_notBefore(certificate.get());
    const bool over = ASN1_TIME_cmp_time_t(end, now) < 0;
    const bool early = ASN1_TIME_cmp_time_t(begin, now) > 0;
    if (over) expired = Error{which + "the certificate in " + path + " expired on " + text_of(end), "renew it"};
    if (early)
      expired = Error{which + "the certificate in " + path + " is valid only from " + text_of(begin),
                      "is this machine's clock right?"};
    // Our own certificate is the first of its file; of the authorities, one that is valid is enough.
    if (!any && property == "ssl.certificate.location" && (over || early)) return expired;
    any = true;
    valid = valid || (!over && !early);
  }
  if (!any) return Error{which + path + " holds no certificate", "expected PEM: -----BEGIN CERTIFICATE-----"};
  if (!valid) return expired;
  return {};
}

}  // namespace picket
