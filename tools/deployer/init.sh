#!/bin/busybox sh
# First process of the deploy environment: devices, drivers, network, then deploy.sh. docs/protocols/disk-deploy.md
export PATH=/bin:/sbin
/bin/busybox mkdir -p /proc /sys /dev /tmp /run /etc /bin /sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
exec </dev/console >/dev/console 2>&1
echo 1 >/proc/sys/kernel/printk
echo 'Bootcast: the deploy environment starts'

drivers() {
  find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | while read -r alias; do
    modprobe -q -b "$alias" 2>/dev/null
  done
}
# What a driver brings to light needs drivers of its own: controllers, then disks.
drivers; drivers
for module in sd_mod virtio_blk nvme vfat ext4; do modprobe -q "$module" 2>/dev/null; done
drivers

address() {
  for device in /sys/class/net/*; do
    name=${device##*/}
    [ "$name" = lo ] && continue
    ip link set "$name" up 2>/dev/null
    udhcpc -q -n -f -t 8 -T 2 -i "$name" -s /etc/udhcpc.sh >/dev/null 2>&1 && return 0
  done
  return 1
}
tries=0
until address; do
  tries=$((tries + 1))
  echo "Bootcast: no address by DHCP yet (try $tries); again in 5 s"
  [ $tries -eq 24 ] && { echo 'Bootcast: no network; starting again'; sleep 5; reboot -f; }
  sleep 5
done
sh /bin/deploy.sh
# It ends by starting the machine again; this is for what nobody thought of.
echo 'Bootcast: the deploy environment ended; starting again in 60 s'
sleep 60
reboot -f
