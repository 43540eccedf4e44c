import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

/** A POST whose head has arrived, as the server said itself, and whose body is still to come. */
export class BegunRequest {
  private constructor(private readonly outgoing: ClientRequest) {}

  static async post(url: string): Promise<BegunRequest> {
    const outgoing = request(url, {
      method: 'POST',
      headers: { Expect: '100-continue', 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' },
    });
    outgoing.flushHeaders();
    await once(outgoing, 'continue');
    return new BegunRequest(outgoing);
  }

  /** Sends the body; answers the status and the body of the answer. Rejects when the connection breaks. */
  async finish(body: unknown): Promise<{ status: number | undefined; json: unknown }> {
    this.outgoing.end(JSON.stringify(body));
    const [answer]: IncomingMessage[] = await once(this.outgoing, 'response');
    const chunks = await answer?.toArray();
    return { status: answer?.statusCode, json: JSON.parse(chunks?.join('') ?? '') };
  }
}
