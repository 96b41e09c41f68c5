import { CORDONED_BY, UPGRADING } from '../api/node-object.ts';
import { BY_A_PROXY, NAMES_A_NODE, NODE_CLAIM, WHEREVER } from './by-a-proxy.ts';

const CLAIMED = `request.userInfo.extra['${NODE_CLAIM}']`;

/** Of a Node all but the cordon, our label and our annotation stays as it is. */
const OWN_NODE_OBJECT = {
  matchConstraints: constraints('nodes', ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
  matchConditions: BY_A_PROXY,
  variables: [
    ...fields('labels'),
    ...fields('annotations'),
    ...['taints', 'providerID', 'podCIDR', 'podCIDRs'].map((field) => kept('spec', field)),
    ...['finalizers', 'ownerReferences'].map((field) => kept('metadata', field)),
  ],
  validations: [
    NAMES_A_NODE,
    {
      expression: `${CLAIMED} == [request.name]`,
      messageExpression: `'a proxy cordons its own node, and not ' + request.name`,
    },
    {
      expression: `request.operation == 'UPDATE' && !has(request.subResource)`,
      message: 'a proxy cordons its node, and does nothing else with it',
    },
    {
      expression: [
        ...[isSameBut('labels', UPGRADING), isSameBut('annotations', CORDONED_BY)],
        ...['taints', 'providerID', 'podCIDR', 'podCIDRs'].map(
          (field) => `variables.spec_${field}`,
        ),
        ...['finalizers', 'ownerReferences'].map((field) => `variables.metadata_${field}`),
      ].join(' && '),
      message: 'a proxy changes nothing of its node but the cordon and what says whose it is',
    },
  ],
};

/** Both as maps: what is not there is empty. */
function fields(name: string) {
  const of = (object: string): string =>
    `has(${object}.metadata.${name}) ? ${object}.metadata.${name} : {}`;
  return [
    { name, expression: `request.operation == 'UPDATE' ? (${of('object')}) : {}` },
    {
      name: `old_${name}`,
      expression: `request.operation == 'UPDATE' ? (${of('oldObject')}) : {}`,
    },
  ];
}

function isSameBut(name: string, key: string): string {
  const [now, before] = [`variables.${name}`, `variables.old_${name}`];
  const each = (some: string, other: string): string =>
    `${some}.all(it, it == '${key}' || (it in ${other} && ${other}[it] == ${some}[it]))`;
  return `${each(now, before)} && ${each(before, now)}`;
}

function kept(part: string, field: string) {
  const [now, before] = [`object.${part}`, `oldObject.${part}`];
  const isSame = `has(${now}.${field}) == has(${before}.${field}) && (!has(${now}.${field}) || ${now}.${field} == ${before}.${field})`;
  return { name: `${part}_${field}`, expression: `request.operation == 'UPDATE' && ${isSame}` };
}

const OWN_PODS = {
  matchConstraints: constraints('pods', ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
  matchConditions: [
    ...BY_A_PROXY,
    // It has a policy of its own: an Eviction does not say where its pod runs.
    {
      name: 'no-eviction',
      expression: `!has(request.subResource) || request.subResource != 'eviction'`,
    },
  ],
  validations: [
    NAMES_A_NODE,
    {
      expression: `request.operation == 'DELETE' && oldObject != null && has(oldObject.spec.nodeName) && ${CLAIMED} == [oldObject.spec.nodeName]`,
      message: 'a proxy deletes pods of its own node, and does nothing else with them',
    },
  ],
};

const EVICTIONS = {
  matchConstraints: constraints('pods/eviction', ['CREATE']),
  matchConditions: BY_A_PROXY,
  validations: [NAMES_A_NODE],
};

function constraints(resource: string, operations: readonly string[]) {
  const resources = resource.includes('/') ? [resource] : [resource, `${resource}/*`];
  const rule = { apiGroups: [''], apiVersions: ['*'], operations, resources, scope: '*' };
  return { ...WHEREVER, resourceRules: [rule] };
}

/** What narrows the rights of proxies that drain; by the name of the policy. */
export const DRAIN_POLICIES: readonly (readonly [name: string, spec: object])[] = [
  ['kubeos-proxy-own-node-object', OWN_NODE_OBJECT],
  ['kubeos-proxy-own-pods', OWN_PODS],
  ['kubeos-proxy-evictions', EVICTIONS],
];
