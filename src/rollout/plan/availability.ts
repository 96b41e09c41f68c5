import { atMost } from './amount.ts';
import { isAway } from './stage.ts';
import { living, type StagedFleet, type StagedNode } from './staged-fleet.ts';

/** Away from work: by us, by somebody else's cordon, or because it is down. */
export const isUnavailable = ({ stage, isReady, isCordoned }: StagedNode): boolean =>
  isAway(stage) || !isReady || isCordoned;

/** How many more nodes may be taken away, in all and of each zone. */
export class Places {
  #left: number;
  /** One by one, whatever else is away. */
  #oursLeft: number;
  readonly #zones = new Map<string, number>();
  readonly #counted = new Set<string>();
  readonly #perZone: number;

  constructor(fleet: StagedFleet) {
    const { maxUnavailable, maxUnavailablePerZone, isSerial } = fleet.policy;
    const counted = living(fleet);
    this.#left = atMost(maxUnavailable, counted.length);
    this.#oursLeft = isSerial ? 1 - counted.filter(({ stage }) => isAway(stage)).length : Infinity;
    this.#perZone = maxUnavailablePerZone ?? Infinity;
    for (const node of counted.filter(isUnavailable)) this.#use(node);
  }

  /** One that is away already needs no other place: its cordon may be all that the operator came to before it ended. */
  isFreeFor(node: StagedNode): boolean {
    if (this.#oursLeft <= 0) return false;
    return this.#counted.has(node.name) || (this.#left > 0 && this.#zoneLeft(node) > 0);
  }

  take(node: StagedNode): void {
    this.#oursLeft -= 1;
    this.#use(node);
  }

  #use({ name, zone }: StagedNode): void {
    if (this.#counted.has(name)) return;
    this.#counted.add(name);
    this.#left -= 1;
    if (zone !== null) this.#zones.set(zone, (this.#zones.get(zone) ?? this.#perZone) - 1);
  }

  #zoneLeft({ zone }: StagedNode): number {
    return zone === null ? Infinity : (this.#zones.get(zone) ?? this.#perZone);
  }
}
