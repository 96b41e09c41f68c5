"""Updates from a repository with python-tuf, a client that kubeos did not write.

Arguments: address of the repository, folder with root.json (kept between runs), folder for downloads, target names.
Prints one JSON line: {"targets": {name: sha256}} or {"refused": "kind of error"}.
"""

import hashlib
import json
import sys

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater


def main(address, trusted, downloads, names):
    with open(f"{trusted}/root.json", "rb") as file:
        root = file.read()
    updater = Updater(
        metadata_dir=f"{trusted}/cache",
        metadata_base_url=f"{address}/metadata/",
        target_base_url=f"{address}/targets/",
        target_dir=downloads,
        bootstrap=root,
    )
    updater.refresh()
    found = {}
    for name in names:
        target = updater.get_targetinfo(name)
        if target is None:
            found[name] = None
            continue
        with open(updater.download_target(target), "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


try:
    print(json.dumps({"targets": main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])}))
except (RepositoryError, DownloadError) as error:
    print(json.dumps({"refused": type(error).__name__}))
