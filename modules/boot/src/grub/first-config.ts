/**
 * GRUB's first configuration: the same for every machine and every address, so nothing is put into it. It tells who
 * the machine is, runs the script that comes back, and asks again when that returns: after a failure, or when there
 * was nothing to boot. Never ends, unless a system is started or the machine leaves. What is tried on which GRUB
 * stands in docs/protocols/grub-scripts.md.
 *
 * `source` in a loop and not `configfile`: that would be a call within a call for each question.
 * Not by `$prefix`, but by paths: `$root` is the server that GRUB itself came from, by TFTP or by HTTP.
 */
export const firstConfig = `# Bootcast
set home="$root"
set depth=
set mac="$net_default_mac"
set card="$net_default_interface"
set interface="$card"
set facts=
# Where this boot reaches the server, once there was a menu.
set boot=
# The address is still that of the firmware.
set is_fresh=no
if regexp '^tftp' "$home"; then
  set is_fresh=yes
fi

# $1 the name of a fact, $2 its number in SMBIOS type 1. What no URL carries ends the text.
function tell {
  set text=
  smbios --type 1 --get-string $2 --set text
  if regexp --set 1:text '^([A-Za-z0-9 .,_()/+-]{1,32})' "$text"; then
    set facts="$facts&$1="
    for word in $text; do
      set facts="$facts$word%20"
    done
  fi
}

# How every script ends that cannot go on; $1 seconds.
function again {
  echo "Bootcast: this machine is $mac and asks again in $1 s (Esc: at once)"
  sleep --interruptible $1
}

# $1 where this boot reaches the server. A key holds for one address: a menu comes when that has been renewed. Menus lie
# within one another, since only Esc closes one without harm (docs/protocols/grub-scripts.md); the stack is not endless.
function show_menu {
  if [ "$is_fresh" = no ]; then
    if [ "$depth" = xxxxxxxxxxxx ]; then
      echo "Bootcast: too many menus within one another, starting again"
      sleep 3
      reboot
    fi
    set boot="$1"
    set before="$depth"
    set depth="x$depth"
    configfile "$boot/grub/menu.cfg"
    set depth="$before"
    sleep 1
  fi
}

# $1 a question with the key of this boot. Without an answer the platform is away, or the key is good no more: then it is
# asked as at the start, until it answers. An answer that sets turn is to be asked for again: the machine waits for its
# turn, and must not forget what was picked.
function ask {
  set answer=no
  set turn=
  source "$boot/grub/$1"
  while [ -n "$turn" ]; do
    keep_address
    set next="$turn"
    set turn=
    set answer=no
    source "$boot/grub/$next"
  done
  while [ "$answer" = no ]; do
    echo "Bootcast: no answer from ($home)"
    again 10
    keep_address
    source "/grub/$question"
  done
}

# Asks every two seconds until somebody has decided about the code on the screen. Esc ends it.
function await_code {
  set waiting=yes
  while [ "$waiting" = yes ]; do
    if sleep --interruptible 2; then
      ask wait.cfg
    else
      set waiting=no
    fi
  done
}

function keep_address {
  if regexp '^tftp' "$home"; then
    renew_address
  fi
}

function drop_interface {
  net_del_route "$1:local"
  net_del_route "$1:default"
  net_del_addr "$1"
}

# GRUB does not renew the lease that the firmware got. The first address goes when there is another one: where GRUB
# gets none (a VLAN), it stays.
function renew_address {
  if [ "$interface" = "$card:dhcp" ]; then
    drop_interface "$interface"
    set interface=
  fi
  if net_dhcp "$card"; then
    if [ "$interface" = "$card" ]; then
      drop_interface "$card"
    fi
    set interface="$card:dhcp"
  fi
}

# The loader of the system on the disks. Leaving (exit) does not do: firmware shows its menu after a program that
# ended well, and GRUB can end no other way.
function start_disk {
  for program in (hd*)/EFI/*/shim*64.efi (hd*)/EFI/Microsoft/Boot/bootmgfw.efi (hd*)/EFI/BOOT/BOOTX64.EFI (hd*)/EFI/BOOT/BOOTAA64.EFI (hd*)/EFI/*/grub*64.efi (hd*)/EFI/*/systemd-boot*64.efi; do
    if [ -f "$program" ]; then
      echo "Bootcast: starting $program"
      regexp --set 1:root '^[(]([^)]*)[)]' "$program"
      if chainloader "$program"; then
        boot
      fi
    fi
  done
  set root="$home"
  echo "Bootcast: no system on the disks could be started; back to the firmware"
  sleep 3
  exit
}

tell serial 7
tell manufacturer 4
tell product 5
set uuid=
smbios --type 1 --get-uuid 8 --set uuid
set question="machine.cfg?mac=$mac&uuid=$uuid&buildarch=$grub_cpu&platform=$grub_platform$facts"
# A menu sees exported variables only.
for name in home mac card interface question boot depth is_fresh; do
  export $name
done

while true; do
  ask "$question"
  keep_address
  set is_fresh=no
done
`
