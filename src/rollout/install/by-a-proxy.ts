import { PROXY, PROXY_NAMESPACE } from './manifest.ts';
import { userNameOf } from './rights.ts';

/**
 * What the server would put there itself. The whole is one field to server-side apply, so without these two who apply the
 * same would be in each other's way.
 */
export const WHEREVER = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };

/** Of the pod's token, put there by the API server from 1.32 on (KEP-4193). */
export const NODE_CLAIM = 'authentication.kubernetes.io/node-name';
const PROXY_USER = userNameOf({ name: PROXY, namespace: PROXY_NAMESPACE });

export const BY_A_PROXY = [
  { name: 'by-a-proxy', expression: `request.userInfo.username == '${PROXY_USER}'` },
];

/** What comes after it in a policy may read the claim. */
export const NAMES_A_NODE = {
  expression: `has(request.userInfo.extra) && '${NODE_CLAIM}' in request.userInfo.extra`,
  message: 'the token names no node: a proxy uses the one that is mounted into its pod',
};
