/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/checks.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define HOST(name, profile, fields, wanted)                                  \
	{                                                                    \
		name, "[container]\n" profile, "POST /containers/create",    \
		    "{\"Image\":\"a\",\"HostConfig\":{" fields "}}", wanted, \
		{                                                            \
			{                                                    \
				0                                            \
			}                                                    \
		}                                                            \
	}
#define PASSES(name, profile, fields) \
	HOST(name, profile, fields, "*" fields "*")

#define DEVICE(host, inside, permissions)      \
	"\"Devices\":[{\"PathOnHost\":\"" host \
	"\",\"PathInContainer\":\"" inside     \
	"\",\"CgroupPermissions\":\"" permissions "\"}]"

static const struct inspections_row devices[] = {
	HOST("nothing is said", "", DEVICE("/dev/sda", "/dev/x", "rwm"),
	    "403 HostConfig.Devices[0].PathOnHost = \"/dev/sda\" (add "
	    "[container] device = /dev/sda, or drop the field)"),
	PASSES("listed", "device = /dev/fuse\n",
	    DEVICE("/dev/fuse", "/dev/fuse", "rwm")),
	HOST("another", "device = /dev/fuse\n",
	    DEVICE("/dev/fuse2", "/dev/fuse", "rwm"), "403 *"),
	PASSES("fewer permissions", "device = /dev/fuse:rw\n",
	    DEVICE("/dev/fuse", "", "r")),
	HOST("more permissions", "device = /dev/fuse:r\n",
	    DEVICE("/dev/fuse", "", "rw"),
	    "403 *device = /dev/fuse:rw, or drop the field)"),
	HOST("no permissions said, which may be all", "device = /dev/fuse:rw\n",
	    DEVICE("/dev/fuse", "", ""), "403 *device = /dev/fuse,*"),
	PASSES("no permissions said, and all allowed", "device = /dev/fuse\n",
	    DEVICE("/dev/fuse", "", "")),
	HOST("no permissions that are known", "device = /dev/fuse\n",
	    DEVICE("/dev/fuse", "", "rx"),
	    "400 *Devices[0].CgroupPermissions = *not of r, w and m*"),
	HOST("permissions twice", "device = /dev/fuse\n",
	    DEVICE("/dev/fuse", "", "rr"), "400 *"),
	PASSES("a directory", "device = /dev/dri/*\n",
	    DEVICE("/dev/dri/card0", "", "rw")),
	HOST("up from a directory", "device = /dev/dri/*\n",
	    DEVICE("/dev/dri/../sda", "", "rw"),
	    "403 *PathOnHost = *not a plain path*"),
	HOST("the directory itself", "device = /dev/dri/*\n",
	    DEVICE("/dev/dri", "", "rw"), "403 *device = /dev/dri:rw,*"),
	HOST("a name by another maker", "device = /dev/*\n",
	    DEVICE("vendor.com/class=x", "", ""), "403 *not a plain path*"),
	HOST("two in one", "device = /dev/*\n",
	    DEVICE("/dev/fuse:/dev/sda", "", ""), "403 *not a plain path*"),
	HOST("two in one, inside", "device = /dev/*\n",
	    DEVICE("/dev/fuse", "/dev/x:rwm", "r"),
	    "403 *PathInContainer = *not a plain path*"),
	HOST("nothing", "device = /dev/*\n", "\"Devices\":[{}]",
	    "403 *not a plain path*"),
	HOST("the second", "device = /dev/fuse\n",
	    "\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"},"
	    "{\"PathOnHost\":\"/dev/kvm\"}]",
	    "403 *Devices[1].PathOnHost*device = /dev/kvm,*"),
};

Test(policy_inspect_devices, gives_what_is_listed)
{
	inspections_check(devices, CASES(devices));
}

#define GPU(fields) "\"DeviceRequests\":[{" fields "}]"
#define GPUS	    "\"Capabilities\":[[\"gpu\"]]"

static const struct inspections_row requests[] = {
	HOST("nothing is said", "", GPU(GPUS),
	    "403 HostConfig.DeviceRequests[0] (add [container] gpu = yes, or "
	    "drop the field)"),
	PASSES("a GPU", "gpu = yes\n", GPU("\"Count\":-1," GPUS)),
	PASSES(
	    "by its driver", "gpu = yes\n", GPU("\"Driver\":\"nvidia\"," GPUS)),
	HOST("another driver", "gpu = yes\n", GPU("\"Driver\":\"cdi\"," GPUS),
	    "403 *DeviceRequests[0].Driver = \"cdi\" (not a GPU's "
	    "driver)"),
	PASSES("by its ID", "gpu = yes\n",
	    GPU("\"DeviceIDs\":[\"0\",\"GPU-3a23\",\"0:1\"]," GPUS)),
	HOST("a name by another maker", "gpu = yes\n",
	    GPU("\"DeviceIDs\":[\"vendor.com/class=x\"]," GPUS),
	    "403 *DeviceIDs[0]*not a GPU's ID*"),
	HOST("a path as a part", "gpu = yes\n",
	    GPU("\"DeviceIDs\":[\"0:/x\"]," GPUS), "403 *not a GPU's ID*"),
	HOST("two in one", "gpu = yes\n", GPU("\"DeviceIDs\":[\"0,1\"]," GPUS),
	    "403 *not a GPU's ID*"),
	PASSES("more of it", "gpu = yes\n",
	    GPU("\"Capabilities\":[[\"utility\",\"gpu\"],[\"gpu\"]]")),
	HOST("another capability", "gpu = yes\n",
	    GPU("\"Capabilities\":[[\"gpu\",\"tpu\"]]"),
	    "403 *not a GPU's capabilities*"),
	HOST("another set", "gpu = yes\n",
	    GPU("\"Capabilities\":[[\"gpu\"],[\"utility\"]]"),
	    "403 *not a GPU's capabilities*"),
	HOST("an empty set", "gpu = yes\n", GPU("\"Capabilities\":[[]]"),
	    "403 *not a GPU's capabilities*"),
	HOST("no set", "gpu = yes\n", GPU("\"Capabilities\":[\"gpu\"]"),
	    "403 *not a GPU's capabilities*"),
	HOST("none of the sets", "gpu = yes\n", GPU("\"Capabilities\":[]"),
	    "403 *not a GPU's capabilities*"),
	HOST("no sets", "gpu = yes\n", GPU("\"Count\":1"),
	    "403 *without capabilities*"),
	HOST("options", "gpu = yes\n", GPU(GPUS ",\"Options\":{\"a\":\"b\"}"),
	    "403 *DeviceRequests[0].Options (nothing allows it)"),
	HOST("no options", "gpu = yes\n", GPU(GPUS ",\"Options\":{}"),
	    "*" GPU(GPUS) "*"),
};

Test(policy_inspect_devices, gives_gpus_alone)
{
	inspections_check(requests, CASES(requests));
}

Test(policy_inspect_devices, knows_a_good_word)
{
	cr_expect(check_device(SPAN("/dev/fuse")) == NULL);
	cr_expect(check_device(SPAN("/dev/dri/*:rw")) == NULL);
	cr_expect(check_device(SPAN("/dev/fuse:")) != NULL);
	cr_expect(check_device(SPAN("/dev/fuse:rx")) != NULL);
	cr_expect(check_device(SPAN("/dev/fuse:rwm:r")) != NULL);
	cr_expect(check_device(SPAN("fuse")) != NULL);
	cr_expect(check_device(SPAN("/dev/../sda")) != NULL);
	cr_expect(check_device(SPAN("")) != NULL);
}
