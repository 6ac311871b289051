# SPDX-License-Identifier: Apache-2.0
#
# Sourced by what downloads Debian's packages: through the mirrors that apt on this machine is configured with, verified
# with Debian's keys, in a private apt state, so that the machine's own package lists are neither needed nor changed.
# Where apt knows no Debian mirror (Ubuntu), name them in PICKET_DEBIAN and PICKET_DEBIAN_SECURITY, the addresses that
# would stand in sources.list.
#
# What is made from them is kept in $cache, ${PICKET_CACHE:-${XDG_CACHE_HOME:-~/.cache}/picket}; delete a directory there
# to have it made anew.
export LC_ALL=C

cache=${PICKET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/picket}

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# lock NAME: two that need the same thing make it once.
lock() {
  mkdir -p "$cache"
  exec 9>"$cache/lock-$1"
  flock 9
}

# mirror DIRECTORY VARIABLE: as configured for any release that is in that directory of a mirror.
mirror() {
  local address=${!2:-}
  [[ -n $address ]] || address=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -m1 -E "/$1/?\$") || fail "apt on this machine has no Debian mirror with $1; set $2 to the address of one"
  echo "$address"
}

# private_apt DIRECTORY SUITE...: an apt state there, with the indexes of these suites. Sets apt_options, for all
# commands of apt, and leaves apt's last output in DIRECTORY/log.
#
# A mirror may be behind with sid, whose index is good for a week only; its packages are of no use to an attacker for
# being old.
private_apt() {
  local state=$1 keyring suite options address
  shift
  command -v apt-get >/dev/null || fail "needs apt to download and verify packages, and this machine has none"
  for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg} ''; do
    [[ -r $keyring ]] && break
  done
  [[ -n $keyring ]] || fail "cannot verify Debian's packages: install debian-archive-keyring"

  mkdir -p "$state"/{lists,archives}/partial
  touch "$state/status"
  for suite in "$@"; do
    options="signed-by=$keyring arch=amd64 target=Packages"
    [[ $suite == sid ]] && options+=' check-valid-until=no'
    case $suite in
      *-security) address=$(mirror debian-security PICKET_DEBIAN_SECURITY) ;;
      *) address=$(mirror debian PICKET_DEBIAN) ;;
    esac
    echo "deb [$options] $address $suite main" >>"$state/sources.list"
  done
  apt_options=(-q
    -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state"
    -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=-
    -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User= -o APT::Install-Recommends=no
    -o Acquire::Languages=none -o Acquire::Retries=2 -o APT::Update::Post-Invoke-Success::= -o APT::Update::Error-Mode=any)
  logged "$state" apt-get "${apt_options[@]}" update || logged "$state" apt-get "${apt_options[@]}" update || {
    cat "$state/log" >&2
    fail "apt could not read Debian's package index"
  }
}

# logged DIRECTORY COMMAND...
logged() { "${@:2}" >"$1/log" 2>&1; }
