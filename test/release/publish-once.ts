import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { testPublisher } from '../../src/release/repository/testing/test-repository.ts';

// A publisher in a process of its own, to be killed: `node test/release/publish-once.ts REPOSITORY RELEASE`. Says when it
// begins.
const [directory = '', folder = ''] = process.argv.slice(2);
const publisher = await testPublisher(directory);
process.stdout.write('begin ');
await publishRelease({ ...publisher, folder, packs: [] });
