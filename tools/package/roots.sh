# Bare systems to try things in; read by tools/bare_roots.sh and tools/package.sh. Needs root and
# debootstrap. Debian's mirror and the proxies of apt are those of this machine; Ubuntu's mirror is
# debootstrap's own.
mirror_of() {  # SUITE
  [ "$1" = noble ] && return
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    sed -nE 's/^(URIs:|deb( \[[^]]*\])?) +([^ ]+debian\/?)( .*)?$/\3/p' | head -1
}

bare() {  # SUITE FOLDER: a root with nothing but apt
  local script=()
  [ "$1" = noble ] && script=(gutsy)  # debootstrap's script for every Ubuntu since
  debootstrap --variant=minbase --force-check-gpg --include=ca-certificates \
    --components="main$([ "$1" = noble ] && echo ,universe)" \
    "$1" "$2" "$(mirror_of "$1")" "${script[@]}" || return
  apt-config dump | grep -E '^Acquire::(https?|Check-)' >"$2/etc/apt/apt.conf.d/99machine"
  cp -L /etc/resolv.conf "$2/etc/resolv.conf"
}

inside() {  # FOLDER COMMAND: runs it there; the mounts end with the command
  unshare --mount --pid --fork --kill-child bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
    exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      bash -c "$2"' - "$1" "$2"
}
