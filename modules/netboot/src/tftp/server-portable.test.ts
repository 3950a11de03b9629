import { tftpServerContract } from '../../testing/tftp-server-contract.ts'

tftpServerContract('portable')
