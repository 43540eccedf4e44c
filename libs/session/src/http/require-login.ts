import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { SessionManager } from './session-manager.js';

/** Lets only requests pass whose session belongs to a principal. */
@Injectable()
export class LoginGuard implements CanActivate {
  constructor(@Inject(SessionManager) private readonly sessions: SessionManager) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const session = await this.sessions.open(context);
    if (session.principal === undefined) throw new UnauthorizedException('Log in first');
    return true;
  }
}

/** Answers 401 on a handler, or on all of a controller, unless the session belongs to a principal. */
export function RequireLogin(): ClassDecorator & MethodDecorator {
  return UseGuards(LoginGuard);
}
