import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerError } from '../../answer.js';
import { readJsonBody } from '../json-body.js';
import { takeOver, type FastifyResponse } from '../raw-response.js';
import type { CreateApplication } from './create-application.js';

/** Longer than any path that Node lets through: how long a key may be is for the application to say. */
const LONGEST_PARAMETER = 65_536;

/** A Nest application on Fastify, with Express's leniency about paths. */
export const createFastifyApplication: CreateApplication = async (module, options) => {
  const adapter = new FastifyAdapter({
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: LONGEST_PARAMETER, caseSensitive: false, ignoreTrailingSlash: true },
    frameworkErrors: refusePath,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { ...options, bodyParser: false });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request: unknown, payload: IncomingMessage) => readJsonBody(payload));
  return app;
};

/** What the router cannot read never comes to Nest and its filters. */
function refusePath(
  { statusCode, message }: { statusCode?: number; message: string },
  _: unknown,
  reply: FastifyResponse,
) {
  answerError(takeOver(reply), statusCode ?? 400, message);
}
