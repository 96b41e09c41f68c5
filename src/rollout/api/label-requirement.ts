/** Of a label selector, or of the affinity of a pod (meta/v1 LabelSelectorRequirement, core/v1 NodeSelectorRequirement). */
export interface LabelRequirement {
  readonly operator: string;
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
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      // Of affinity in a later Kubernetes: then a pod is waited for, and not passed over. Our own selectors have no other.
      return true;
  }
}
