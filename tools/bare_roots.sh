#!/usr/bin/env bash
# Runs both commands of the README in bare systems, each in a fresh clone of HEAD, and prints whether
# they passed and how long they took. Needs root, debootstrap, and 4 GB in $TMPDIR for each system,
# which is removed at the end; logs stay.
#   tools/bare_roots.sh [SUITE...]      bookworm and trixie by default (Debian 12 and 13); noble is
#                                       Ubuntu 24.04 and needs Ubuntu's archive keyring
# Debian's mirror and the proxies of apt are those of this machine; Ubuntu's is debootstrap's own.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
work=$(mktemp -d "${TMPDIR:-/tmp}/ct2ct_roots.XXXXXX")
trap 'rm -rf --one-file-system "$work"/*/' EXIT

mirror_of() {
  [ "$1" = noble ] && return
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    sed -nE 's/^(URIs:|deb( \[[^]]*\])?) +([^ ]+debian\/?)( .*)?$/\3/p' | head -1
}

bare() {  # SUITE: a root with nothing but apt, and the clone
  local root=$work/$1 script=()
  [ "$1" = noble ] && script=(gutsy)  # debootstrap's script for every Ubuntu since
  debootstrap --variant=minbase --force-check-gpg --include=ca-certificates \
    --components="main$([ "$1" = noble ] && echo ,universe)" \
    "$1" "$root" "$(mirror_of "$1")" "${script[@]}" || return
  apt-config dump | grep -E '^Acquire::(https?|Check-)' >"$root/etc/apt/apt.conf.d/99machine"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  git clone -q --depth 1 "file://$repository" "$root/ct2ct"
}

inside() {  # SUITE COMMAND: the mounts end with the command
  unshare --mount --pid --fork --kill-child bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
    exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      bash -c "cd /ct2ct && $2"' - "$work/$1" "$2"
}

failed=0
step() {  # SUITE NAME COMMAND...
  local log=$work/$1.$2.log start=$SECONDS result=passed
  "${@:3}" >"$log" 2>&1 </dev/null || result=FAILED
  printf '%-10s %-6s %s after %d s: %s\n' "$1" "$2" "$result" $((SECONDS - start)) "$log"
  [ $result = passed ] && return
  tail -n 15 "$log"
  failed=1
  return 1
}

for suite in "${suites[@]}"; do
  step "$suite" setup bare "$suite" || continue
  step "$suite" demo inside "$suite" tools/demo.sh || true
  step "$suite" test inside "$suite" tools/test.sh || true
  grep -hE 'tests passed|\(Skipped\)' "$work/$suite.test.log" || true
  rm -rf --one-file-system "${work:?}/$suite"
done
exit $failed
