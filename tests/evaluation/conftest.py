"""What tests of evaluations need before they are collected."""

import os

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # tests import Ray before ray_cluster() can say so
