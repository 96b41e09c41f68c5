import type { Commands } from '../../host/commands.ts';
import type { Base } from '../definition/base-schema.ts';
import type { ImageDefinition } from '../definition/schema.ts';

/** What every base is asked for: one root file system, as one tar. */
export interface BaseRequest<Kind extends Base = Base> {
  readonly base: Kind;
  /** The definition's folder: paths in `base` are relative to it. */
  readonly directory: string;
  readonly arch: ImageDefinition['arch'];
  /** Packages to install; only the package bases look at it. */
  readonly packages: readonly string[];
  /** Where the tar is written, under a temporary name until it is whole. */
  readonly output: string;
  /** An existing directory for what is needed on the way; the caller removes it. */
  readonly workDirectory: string;
  /** SOURCE_DATE_EPOCH, seconds since 1970: no time that this build makes up is another one. */
  readonly epoch: number;
  readonly commands: Commands;
  readonly signal: AbortSignal;
  readonly progress?: (progress: BaseProgress) => void;
  /** A docker `config.json` with credentials for registries; without it they are asked anonymously. */
  readonly registryCredentials?: string;
}

export interface BaseProgress {
  /** What is being worked on, for people: `layer 3 of 7`. */
  readonly subject: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** One thing that went into the root file system, for the lockfile and for the provenance. */
export interface BaseInput {
  /** Where it comes from, without anything of this host: as the definition names it, or a public address. */
  readonly uri: string;
  readonly sha256: string;
  readonly name: string;
}

/**
 * What a base hands back beside the tar at `output`: pax format, names that begin with `./` in
 * depth-first order, numeric owners, extended attributes as `SCHILY.xattr.*`, no device nodes below /dev.
 */
export interface BaseResult {
  readonly inputs: readonly BaseInput[];
  /** Whether it is an RPM system, whose package database only rpm can read. */
  readonly isRpmSystem: boolean;
}
