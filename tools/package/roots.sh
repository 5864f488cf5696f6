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
      ${CMAKE_BUILD_PARALLEL_LEVEL:+CMAKE_BUILD_PARALLEL_LEVEL=$CMAKE_BUILD_PARALLEL_LEVEL} \
      bash -c "$2"' - "$1" "$2"
}

# A phantom, doubled by the model in the box: the same bytes everywhere.
doubles() {  # ROOT PROGRAM: prints the SHA-256 of the doubled voxels
  inside "$1" "rm -rf /tmp/t && mkdir /tmp/t && cd /tmp/t && $2 phantom a.nii --slices 14 --size 32 --quiet &&
    $2 interpolate a.nii --factor 2 --no-self-check --any-scan --out b.nii --quiet 2>/dev/null >&2 &&
    sha256sum b.nii" | cut -d' ' -f1
}
