export class UploadNotFound extends Error {
  override readonly name = 'UploadNotFound'
  readonly code = 'upload_not_found'

  constructor(id: string) {
    super(
      `There is no upload ${id}: it was published, has expired, or belongs to somebody else. Upload again.`,
    )
  }
}

export class UploadOffsetMismatch extends Error {
  override readonly name = 'UploadOffsetMismatch'
  readonly code = 'upload_offset_mismatch'

  constructor(sent: number, kept: number) {
    super(`The bytes begin at ${sent}, and ${kept} are here: go on from there.`)
  }
}

export class UploadUnfinished extends Error {
  override readonly name = 'UploadUnfinished'
  readonly code = 'upload_unfinished'

  constructor(kept: number, size: number) {
    super(`${kept} of ${size} bytes are here: upload the rest first.`)
  }
}

export class UploadsFull extends Error {
  override readonly name = 'UploadsFull'
  readonly code = 'uploads_full'
}

/** A newer connection goes on with the upload. */
export class UploadTakenOver extends Error {
  override readonly name = 'UploadTakenOver'
  readonly code = 'upload_taken_over'

  constructor() {
    super('Another connection goes on with this upload.')
  }
}
