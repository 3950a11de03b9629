#!/bin/sh
# A builder as an operator would write one: a unified kernel image of Debian's kernel, busybox and systemd's stub,
# which lie unpacked in the folders KERNEL, BUSYBOX and STUB. It prints BUILD_GREETING and powers off.
set -eu
progress() { echo "bootcast-progress: $*"; }

progress 10 root file system
root=$TMPDIR/root
mkdir -p "$root/bin" "$root/dev" "$root/proc"
cp "$BUSYBOX/bin/busybox" "$root/bin/busybox"
cat >"$root/init" <<END
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "BOOTCAST-BUILT $BUILD_GREETING \$(/bin/busybox cat /proc/cmdline)"
/bin/busybox sleep 1
/bin/busybox poweroff -f
END
chmod 755 "$root/init"

progress 40 initramfs
(cd "$root" && find . | "$BUSYBOX/bin/busybox" cpio -o -H newc 2>/dev/null) | gzip -1 >"$TMPDIR/initrd"

progress 70 unified kernel image
printf 'ID=built\nPRETTY_NAME="Built by Bootcast"\n' >"$TMPDIR/osrel"
printf 'console=ttyS0' >"$TMPDIR/cmdline"
objcopy --add-section .osrel="$TMPDIR/osrel" --change-section-vma .osrel=0x20000 \
  --add-section .cmdline="$TMPDIR/cmdline" --change-section-vma .cmdline=0x30000 \
  --add-section .linux="$(echo "$KERNEL"/boot/vmlinuz-*)" --change-section-vma .linux=0x2000000 \
  --add-section .initrd="$TMPDIR/initrd" --change-section-vma .initrd=0x5000000 \
  "$STUB/usr/lib/systemd/boot/efi/linuxx64.efi.stub" "$BOOTCAST_OUTPUT/$BOOTCAST_IMAGE.efi"
progress 100 done
