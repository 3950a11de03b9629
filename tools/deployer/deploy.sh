#!/bin/sh
# Writes a disk image to a disk of this machine. docs/protocols/disk-deploy.md
value() { sed 's/ /\n/g' /proc/cmdline | sed -n "s/^bootcast\.$1=//p" | tail -n 1; }
IMAGE=$(value disk) MAP=$(value map) TARGET=$(value target) OVERWRITE=$(value overwrite) REPORT=$(value report)
AFTER=$(value after)
MAC=$(cat /sys/class/net/*/address | grep -v '^00:00:00:00:00:00' | head -n 1)

# On every console: a screen, a serial line.
say() { for console in $(cat /sys/class/tty/console/active); do echo "Bootcast: $*" >"/dev/$console"; done; }
# Best effort: a report that does not arrive stops nothing.
report() {
  [ -n "$REPORT" ] && timeout 5 wget -q -O /dev/null "$REPORT&state=$1&done=$2&total=$3&disk=${DISK##*/}" 2>/dev/null
  return 0
}
fail() {
  say "NOT DEPLOYED: $*"
  report failed 0 0
  say 'the disk is not touched any more; starting again in 120 s'
  sync
  sleep 120
  reboot -f
}

# range URL FILE FIRST LAST: busybox' wget takes a 206 for an error, so this is HTTP/1.1 by hand (RFC 9110 §14).
range() {
  rest=${1#http://}
  host=${rest%%/*}
  port=${host##*:}
  [ "$port" = "$host" ] && port=80
  # The request stays open while the answer comes: a client that has ended its side may count as gone.
  [ -p /tmp/request ] || mkfifo /tmp/request
  timeout 60 nc "${host%:*}" "$port" </tmp/request >/tmp/answer 2>/dev/null &
  exec 3>/tmp/request
  printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%s-%s\r\nConnection: close\r\n\r\n' "${rest#*/}" "$host" "$3" "$4" >&3
  wait $!
  exec 3>&-
  {
    read -r protocol status reason
    [ "$status" = 206 ] || return 1
    # The shell reads no byte too many.
    while read -r line && [ -n "${line%%[!a-zA-Z]*}" ]; do :; done
    cat >"$2"
  } </tmp/answer
}

# fetch URL FILE FIRST LAST: that range, tried five times.
fetch() {
  wait=1
  while [ $wait -le 16 ]; do
    range "$@" && return 0
    say "the download broke; again in $wait s"
    sleep $wait
    wait=$((wait * 2))
  done
  return 1
}

size_of() { echo $(($(cat "/sys/block/$1/size") * 512)); }

# The first disk that is large enough and no stick; whoever wants another says bootcast.target=.
choose() {
  for device in /sys/block/nvme* /sys/block/sd* /sys/block/vd* /sys/block/xvd* /sys/block/mmcblk*; do
    name=${device##*/}
    [ -e "$device/size" ] && [ "$(cat "$device/removable")" = 0 ] && [ "$(cat "$device/ro")" = 0 ] || continue
    case $name in *boot[0-9] | *rpmb) continue ;; esac
    [ "$(size_of "$name")" -ge "$1" ] && { echo "/dev/$name"; return; }
  done
}

is_blank() {
  last=$(($(size_of "${DISK##*/}") / 1048576 - 1))
  for at in 0 $last; do
    dd if="$DISK" bs=1048576 skip=$at count=1 2>/dev/null | tr -d '\000' | head -c 1 | grep -q . && return 1
  done
  return 0
}

deploy() {
  timeout 60 wget -q -O /tmp/map "$MAP" || fail "the map of the image cannot be fetched from $MAP"
  read -r kind version size segment whole </tmp/map
  [ "$kind $version" = 'bootcast-disk-map 1' ] || fail 'what was fetched is no map of a disk image'
  DISK=$TARGET
  [ -z "$DISK" ] || [ "$DISK" = auto ] && DISK=$(choose "$size")
  [ -b "$DISK" ] || fail "there is no disk of at least $size bytes here (or not $TARGET)"
  [ "$(size_of "${DISK##*/}")" -ge "$size" ] || fail "$DISK is smaller than the image ($size bytes)"
  [ "$OVERWRITE" = yes ] || is_blank ||
    fail "$DISK is not empty, and the assignment does not allow to overwrite it (bootcast machine assign MAC IMAGE --overwrite-disk)"
  say "writing $size bytes to $DISK"
  report started 0 "$size"
  blkdiscard -z -l "$size" "$DISK" 2>/dev/null || zeros "$size"
  each write "$size" "$segment"
  sync
  echo 3 >/proc/sys/vm/drop_caches
  say 'reading back'
  each check "$size" "$segment"
  grow
  sync
  say "DEPLOYED: $DISK is the image, read back and compared"
  report done "$size" "$size"
  case $AFTER in
    off) poweroff -f ;;
    *) say 'starting from the disk'; sleep 1; reboot -f ;;
  esac
}

zeros() { dd if=/dev/zero of="$DISK" bs=4194304 count=$((($1 + 4194303) / 4194304)) 2>/dev/null; }

# each write|check: every segment of the map in turn.
each() {
  told=0
  tail -n +2 /tmp/map >/tmp/segments
  while read -r offset length sum; do
    $1 "$offset" "$length" "$sum" "$3"
    percent=$((offset / ($2 / 100 + 1)))
    if [ $percent -ge $((told + 5)) ]; then
      told=$percent
      say "$1 $percent%"
      report "$1" "$offset" "$2"
    fi
  done </tmp/segments
}

sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

write() {
  tries=0
  until fetch "$IMAGE" /tmp/segment "$1" $(($1 + $2 - 1)) && [ "$(sum_of /tmp/segment)" = "$3" ]; do
    tries=$((tries + 1))
    [ $tries -eq 3 ] && fail "the bytes from $1 on are not those of the image"
  done
  dd if=/tmp/segment of="$DISK" bs="$4" seek=$(($1 / $4)) conv=notrunc 2>/dev/null || fail "$DISK cannot be written at $1"
}

check() {
  [ "$(dd if="$DISK" bs="$4" skip=$(($1 / $4)) count=1 2>/dev/null | head -c "$2" | sha256sum | cut -d ' ' -f 1)" = "$3" ] ||
    fail "$DISK does not give back what was written at $1"
}

# The last partition, and an ext file system in it, take the rest of the disk. An image without one stays as it is.
grow() {
  sfdisk -q --relocate gpt-bak-std "$DISK" 2>/dev/null
  last=$(sfdisk -q -l -o Device "$DISK" 2>/dev/null | tail -n 1)
  number=${last##*[!0-9]}
  [ -n "$number" ] || return 0
  echo ', +' | sfdisk -q -N "$number" --no-reread --force "$DISK" 2>/dev/null || return 0
  blockdev --rereadpt "$DISK" 2>/dev/null
  sleep 1
  e2fsck -f -p "$last" >/dev/null 2>&1
  resize2fs "$last" >/dev/null 2>&1 && say "the file system of $last takes the whole disk"
  return 0
}

deploy
