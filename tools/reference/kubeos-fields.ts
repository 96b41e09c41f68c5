/** Fields of KubeOS 1.0.8; what is below them is KubeOS's too. */
export const KUBEOS_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'OS spec': [
    ...['opstype', 'osversion', 'imagetype', 'imageurl', 'containerimage', 'dockerimage'],
    ...['checksum', 'flagSafe', 'mtls', 'cacert', 'clientcert', 'clientkey', 'maxunavailable'],
    ...['evictpodforce', 'nodeselector', 'timewindow', 'timeinterval', 'executionmode'],
    ...['sysconfigs', 'upgradeconfigs'],
  ],
  'OSInstance spec': ['nodestatus', 'namespacedname', 'sysconfigs', 'upgradeconfigs'],
  'OSInstance status': ['sysconfigs', 'upgradeconfigs'],
};
