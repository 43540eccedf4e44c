/** A request to the balancer itself that is not carried out, with the status to say so. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}
