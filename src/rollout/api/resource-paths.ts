export const API_VERSION = 'upgrade.openeuler.org/v1alpha1';
/** Where KubeOS has them, whatever the namespace of their OS object is. */
export const INSTANCES_NAMESPACE = 'default';
export const GROUP_PATH = `/apis/${API_VERSION}`;
export const INSTANCES_PATH = `${GROUP_PATH}/namespaces/${INSTANCES_NAMESPACE}/osinstances`;
