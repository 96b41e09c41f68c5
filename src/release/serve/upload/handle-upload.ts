import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { isMissing } from '../../repository/is-missing.ts';
import { pathOf } from '../answer-read.ts';
import { NOT_FOUND, sendProblem, type Problem } from '../problem.ts';
import type { UploadLimits } from '../serve-limits.ts';
import type { ServeMetrics } from '../serve-metrics.ts';
import { authorizeUpload, type UploadRights } from './authorize-upload.ts';
import type { CheckRepository } from './check-repository.ts';
import { commitSession, type CommitRequest, type CommitResult } from './commit-session.ts';
import { refuseUpload } from './refuse-upload.ts';
import { sessionUses, type SessionUses } from './session-uses.ts';
import { refuseStaging, stageFile } from './stage-file.ts';
import { sessionFolder } from './staging.ts';
import { parseUploadAddress, type UploadAddress } from './upload-address.ts';

export interface UploadSite {
  readonly directory: string;
  readonly rights: UploadRights;
  readonly check: CheckRepository;
  readonly limits: UploadLimits;
  readonly chunkMs: number;
  readonly metrics: Pick<ServeMetrics, 'uploads' | 'uploadedBytes'>;
}

type AnswerUpload = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** `PUT /upload/SESSION/PATH`, HEAD of the same, and `POST /upload/SESSION/commit`. */
export function uploadHandler(site: UploadSite): AnswerUpload {
  const uses = sessionUses();
  return async (request, response) => {
    const refusal = await authorizeUpload(request, site.rights);
    if (refusal !== undefined) return await refuseUpload(request, response, refusal);
    const address = parseUploadAddress(pathOf(request));
    if (address === undefined) return await refuseUpload(request, response, NOT_FOUND);
    const key = `${address.kind} ${request.method}`;
    if (key === 'file PUT' && address.kind === 'file') {
      return await receive(request, response, { site, address, uses });
    }
    if (key === 'file HEAD') return await answerStaged(response, site, address);
    if (key === 'commit POST') return await commit(request, response, { site, address, uses });
    const Allow = address.kind === 'file' ? 'PUT, HEAD' : 'POST';
    const headers = { Allow };
    return await refuseUpload(request, response, { status: 405, title: `Use ${Allow}`, headers });
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  {
    site,
    address,
    uses,
  }: {
    readonly site: UploadSite;
    readonly address: Extract<UploadAddress, { kind: 'file' }>;
    readonly uses: SessionUses;
  },
): Promise<void> {
  const { metrics } = site;
  const length = Number(request.headers['content-length']);
  const staging = { ...site, ...address, length };
  const refusal = unfitFields(request) ?? (await refuseStaging(staging, uses.uploads));
  using use = refusal === undefined ? uses.beginUpload(staging) : undefined;
  if (use === undefined) {
    metrics.uploads.inc({ step: 'stage', result: 'refused' });
    return await refuseUpload(request, response, refusal ?? COMMITTING);
  }
  if (/100-continue/i.test(request.headers.expect ?? '')) response.writeContinue();
  const problem = await stageFile(request, staging);
  metrics.uploads.inc({ step: 'stage', result: problem === undefined ? 'done' : 'refused' });
  if (problem !== undefined) return sendProblem(response, problem);
  metrics.uploadedBytes.inc(length);
  response.writeHead(201, { 'Content-Length': 0, 'Cache-Control': 'no-store' }).end();
}

const COMMITTING: Problem = { status: 409, title: 'The session is being committed' };
const ARRIVING: Problem = { status: 409, title: 'A file of the session still arrives' };

/** What a body must say of itself before it is read. */
function unfitFields({ headers }: IncomingMessage): Problem | undefined {
  if (headers['content-length'] === undefined) {
    return { status: 411, title: 'An upload says its Content-Length' };
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    return { status: 415, title: 'An upload has no content encoding' };
  }
  // RFC 9110 section 14.4: never take a part for the whole.
  return headers['content-range'] === undefined
    ? undefined
    : { status: 400, title: 'An upload is whole' };
}

/** Which files of a session are there already: a publisher that was stopped goes on. */
async function answerStaged(
  response: ServerResponse,
  { directory }: UploadSite,
  address: UploadAddress,
): Promise<void> {
  const name = address.kind === 'file' ? address.file.path : '';
  try {
    const { size } = await stat(path.join(sessionFolder(directory, address.session), name));
    response.writeHead(200, { 'Content-Length': size, 'Cache-Control': 'no-store' }).end();
  } catch (error) {
    if (!isMissing(error)) throw error;
    sendProblem(response, NOT_FOUND);
  }
}

/** How long a commit waits for another publisher; a client may try again. */
const LOCK_MS = 20_000;

async function commit(
  request: IncomingMessage,
  response: ServerResponse,
  {
    site,
    address,
    uses,
  }: {
    readonly site: UploadSite;
    readonly address: UploadAddress;
    readonly uses: SessionUses;
  },
): Promise<void> {
  const expected = expectedTimestamp(request);
  using use = uses.beginCommit(address.session);
  if (use === undefined) return await refuseUpload(request, response, ARRIVING);
  const result = await tryCommit({
    directory: site.directory,
    session: address.session,
    check: site.check,
    lockMs: LOCK_MS,
    expected,
  });
  const problem = 'status' in result ? result : commitProblem(result, expected !== null);
  site.metrics.uploads.inc({ step: 'commit', result: problem === undefined ? 'done' : 'refused' });
  if (problem !== undefined) return await refuseUpload(request, response, problem);
  const body = JSON.stringify(result);
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}

/** `If-Match: "SHA-256"` of the timestamp that the change was made on; `If-None-Match: *` where there was none. */
function expectedTimestamp({ headers }: IncomingMessage): string | null {
  if (headers['if-none-match'] === '*') return 'none';
  const field = headers['if-match'];
  // What is no entity tag of ours matches nothing.
  return field === undefined ? null : (/^"([0-9a-f]{64})"$/.exec(field)?.[1] ?? 'unknown');
}

async function tryCommit(request: CommitRequest): Promise<CommitResult | Problem> {
  try {
    return await commitSession(request);
  } catch (error) {
    if (!(error instanceof KubeosError)) throw error;
    const { code, message: title } = error;
    if (code === 'UNTRUSTED') return { status: 422, title, code };
    if (code !== 'TIMED_OUT') throw error;
    return { status: 503, title, code, headers: { 'Retry-After': 10 } };
  }
}

const NOT_STAGED = 'metadata/timestamp.json is not staged';

function commitProblem(result: CommitResult, hasCondition: boolean): Problem | undefined {
  switch (result.kind) {
    case 'published':
      return undefined;
    case 'unknown session':
      return { status: 404, title: 'Nothing was staged in this session' };
    case 'no timestamp':
      return { status: 422, title: NOT_STAGED, code: 'RELEASE_INVALID' };
    case 'incomplete':
      return {
        status: 422,
        title: `Signed for, but neither staged nor published as a whole: ${result.missing.join(' ')}`,
        code: 'RELEASE_INVALID',
      };
    case 'conflict':
      return {
        status: 409,
        title: `Published with other bytes already: ${result.files.join(' ')}`,
      };
    case 'moved':
      return {
        status: hasCondition ? 412 : 409,
        title: 'Another publisher changed timestamp.json meanwhile',
      };
    default:
      return result satisfies never;
  }
}
