import { load, YAMLException } from 'js-yaml';
import { documentEditor } from './edit-document.ts';
import { yamlWith, yamlWithout } from './edit-yaml.ts';

/** kubelet's configuration, in YAML. A list takes the place of the one that is there. */
export const editKubeletFile = documentEditor({
  name: 'YAML',
  missing: {
    message: 'kubelet has no configuration yet',
    remedy: 'join the node to its cluster first',
  },
  parse: (text) => {
    try {
      return load(text);
    } catch (error) {
      if (error instanceof YAMLException) return undefined;
      throw error;
    }
  },
  valueOf: (value) => value,
  show: (value) => JSON.stringify(value),
  with: yamlWith,
  without: yamlWithout,
});
