import { Catch, HttpException, Injectable, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { errorBody, type ErrorBody } from '../error-body.js';

/** Everything that no other filter knows becomes `{ statusCode, error, message }`. */
@Injectable()
@Catch()
export class ErrorBodyFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorBodyFilter.name);

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    const adapter = this.host.httpAdapter;
    if (adapter.isHeadersSent(response)) return adapter.end(response);
    const body = error instanceof HttpException ? bodyOf(error) : this.unexpected(error);
    if (body.statusCode === 503) adapter.setHeader(response, 'Retry-After', '1');
    adapter.reply(response, body, body.statusCode);
  }

  private unexpected(error: unknown): ErrorBody {
    this.logger.error(error);
    return errorBody(500, 'Something went wrong here');
  }
}

function bodyOf(exception: HttpException): ErrorBody {
  const response = exception.getResponse();
  const details = typeof response === 'object' && 'message' in response ? response.message : undefined;
  const message = Array.isArray(details) ? details.join('; ') : exception.message;
  // A media type that no parser takes is bad input like any other.
  const status = exception.getStatus() === 415 ? 400 : exception.getStatus();
  return errorBody(status, message);
}
