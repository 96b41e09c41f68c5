import { canonicalJson } from '../../release/canonical-json.ts';
import type { JsonValue } from '../../release/canonical-json.ts';
import { compareText } from '../inventory/compare-text.ts';
import { provenanceSchema } from './provenance-schema.ts';
import type { ToolVersions } from './tool-versions.ts';

export interface NamedDigest {
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Dependency extends NamedDigest {
  /** What it is: a package URL, an image reference, a file's name as a URI. */
  readonly uri?: string;
  /** Where it was fetched from. */
  readonly downloadLocation?: string;
}

export interface ProvenanceInput {
  readonly kubeosVersion: string;
  /** The definition and every file that it names, by their path from its folder. */
  readonly definition: readonly NamedDigest[];
  readonly overrides: Readonly<Record<string, string>>;
  /** SHA-256 of kubeos.lock, where the build was bound to one. */
  readonly lockSha256?: string;
  readonly sourceDateEpoch: number;
  readonly tools: ToolVersions;
  readonly dependencies: readonly Dependency[];
  /** Root image, disk and parts lists; never the manifest, which names this file's digest. */
  readonly artifacts: readonly NamedDigest[];
  /** Who vouches for the build, as a URI; a builder of your own by default. */
  readonly builderId?: string;
}

/**
 * The text of `provenance.json`. It has no invocation id and no times, because the same inputs are to give
 * the same bytes; whoever signs it adds when and where.
 */
export function formatProvenance(input: ProvenanceInput): string {
  const statement = makeProvenance(input);
  provenanceSchema.parse(statement);
  return canonicalJson(statement);
}

function makeProvenance(input: ProvenanceInput): Record<string, JsonValue> {
  const page = `https://github.com/kubeos/kubeos/blob/v${input.kubeosVersion}/docs/reference/provenance.md`;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: sortByName(input.artifacts).map(toSubject),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: page,
        externalParameters: {
          definition: sortByName(input.definition).map(toSubject),
          overrides: { ...input.overrides },
          lock: input.lockSha256 === undefined ? null : { sha256: input.lockSha256 },
        },
        internalParameters: {
          sourceDateEpoch: input.sourceDateEpoch,
          tools: { ...input.tools },
        },
        resolvedDependencies: sortByName(input.dependencies).map(toResource),
      },
      runDetails: {
        builder: {
          id: input.builderId ?? `${page}#builder`,
          version: { kubeos: input.kubeosVersion },
        },
      },
    },
  };
}

function sortByName<T extends NamedDigest>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => compareText(a.name, b.name) || compareText(a.sha256, b.sha256));
}

function toSubject({ name, sha256 }: NamedDigest): JsonValue {
  return { name, digest: { sha256 } };
}

function toResource({ sha256, name, uri, downloadLocation }: Dependency): JsonValue {
  return {
    name,
    digest: { sha256 },
    ...(uri === undefined ? {} : { uri }),
    ...(downloadLocation === undefined ? {} : { downloadLocation }),
  };
}
