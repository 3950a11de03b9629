import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isLoopback,
  qemuBridgeCommand,
  qemuCommand,
  startCommand,
  virtualboxCommands,
} from './boot-commands.ts'

const place = { interface: 'br0', bootUrl: 'http://10.77.0.1:8080' }

test('QEMU by its own network asks the platform for the script', () => {
  assert.equal(
    qemuCommand(place),
    `qemu-system-x86_64 -m 2048 -accel kvm -accel tcg -boot n \\
  -netdev user,id=net0,bootfile=http://10.77.0.1:8080/boot.ipxe \\
  -device virtio-net-pci,netdev=net0`,
  )
})

test('an interface of any name is one word of a shell', () => {
  const odd = { ...place, interface: "a b';reboot" }
  assert.match(qemuBridgeCommand(odd), /'bridge,id=net0,br=a b'\\'';reboot'/)
  assert.match(virtualboxCommands(odd), /'a b'\\'';reboot'/)
  assert.equal(startCommand(undefined), 'sudo npm start -- --interface eth1')
})

test('loopback in its spellings', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '[::1]'])
    assert.equal(isLoopback({ bootUrl: `http://${host}:8080` }), true, host)
  for (const host of ['10.77.0.1', '127.example', 'localhost.example'])
    assert.equal(isLoopback({ bootUrl: `http://${host}:8080` }), false, host)
})
