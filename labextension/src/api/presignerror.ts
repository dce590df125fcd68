import { isRecord, text } from './guards';

/** Tells what went wrong, and what to do about it; see nb_presign/errors/. */
export class PresignError extends Error {
  constructor(
    /** Stable name of what went wrong; ours beside the server's are `offline` and `not-enabled`. */
    readonly code: string,
    message: string,
    /** The next step, as a sentence or a command; may be empty. */
    readonly hint = ''
  ) {
    super(message);
    this.name = 'PresignError';
  }

  /** Read the body of a refusal. */
  static of(body: unknown, status: number): PresignError {
    if (isRecord(body) && typeof body.code === 'string') {
      return new PresignError(body.code, text(body.message), text(body.hint));
    }
    return status === 404
      ? new PresignError(
          'not-enabled',
          'This server does not have the server part of nb_presign.',
          'jupyter server extension enable nb_presign'
        )
      : new PresignError('error', `The server refused (${status.toString()}).`);
  }

  /** Make one of whatever was thrown. */
  static from(thrown: unknown): PresignError {
    return thrown instanceof PresignError ? thrown : new PresignError('error', String(thrown));
  }
}
