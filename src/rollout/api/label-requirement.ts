/** The operators of a label selector (meta/v1 LabelSelectorRequirement); the edge admits no other in our own objects. */
export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

export interface LabelRequirement {
  readonly operator: LabelOperator;
  readonly values?: readonly string[] | undefined;
}

/** @param value of what it is about; undefined where that is not there */
export function meets(
  { operator, values = [] }: LabelRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return operator satisfies never;
  }
}
