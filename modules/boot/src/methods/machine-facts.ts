import { and, type IpxeScript, or, setting, word } from '@bootcast/netboot'

/**
 * BIOS builds of iPXE are i386 on every PC; bit 29 of the extended features is "long mode" (CPUID 80000001h EDX). The
 * levels are those of the x86-64 psABI §3.1.1, as far as iPXE sees: it cannot ask leaf 7, so AVX2 and BMI are taken from
 * what came with them in every processor (FMA, MOVBE, AVX, F16C, LZCNT: Intel since Haswell, AMD since Excavator), and
 * v4 is never told.
 */
export function detectProcessor(script: IpxeScript): void {
  const arch = setting('arch')
  script.command('set', 'arch', setting('buildarch'))
  script.command(
    'iseq',
    setting('buildarch'),
    'i386',
    and,
    'cpuid',
    '--ext',
    '29',
    and,
    'set',
    'arch',
    'x86_64',
    or,
  )
  script.command('set', 'cpu', 'x86-64-v1')
  // SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT (CPUID 1 ECX).
  const second = ['0', '9', '13', '19', '20', '23'].flatMap((bit) => ['cpuid', '--ecx', bit, and])
  script.command('iseq', arch, 'x86_64', and, ...second, 'set', 'cpu', 'x86-64-v2', or)
  // FMA, MOVBE, AVX, F16C (CPUID 1 ECX), LZCNT (80000001h ECX).
  const third = ['12', '22', '28', '29'].flatMap((bit) => ['cpuid', '--ecx', bit, and])
  const last = ['cpuid', '--ext', '--ecx', '5', and]
  script.command('iseq', setting('cpu'), 'x86-64-v2', and, ...third, ...last, 'set', 'cpu', 'x86-64-v3', or)
}

/**
 * What the machine tells of itself, put after an address that ends in `?` or `&`; after `detectProcessor`. Free text comes last and as `uristring`; iPXE of 2019 sends an `&` in it as it is
 * (see `machine-query.ts`), which so cannot touch what stands before.
 */
export function withFacts(address: string) {
  return word(
    `${address}mac=`,
    setting('netX/mac'),
    '&uuid=',
    setting('uuid'),
    '&address=',
    setting('netX/ip'),
    '&buildarch=',
    setting('arch'),
    '&platform=',
    setting('platform'),
    '&cpu=',
    setting('cpu'),
    '&serial=',
    setting('serial', 'uristring'),
    '&manufacturer=',
    setting('manufacturer', 'uristring'),
    '&product=',
    setting('product', 'uristring'),
  )
}
