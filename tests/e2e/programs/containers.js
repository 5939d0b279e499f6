// SPDX-License-Identifier: MIT
// A test's containers, by testcontainers.

const fs = require("fs");
const os = require("os");
const path = require("path");
const { GenericContainer, Network, Wait } = require("testcontainers");

// A container that says so when it is ready.
function container(image) {
	return new GenericContainer(image)
		.withCommand(["sh", "-c", "echo ready; exec httpd -f"])
		.withWaitStrategy(Wait.forLogMessage("ready"));
}

async function why(start) {
	try {
		await start();
		return "it was started";
	} catch (error) {
		return error.message;
	}
}

async function build() {
	const context = fs.mkdtempSync(path.join(os.tmpdir(), "pe"));

	fs.writeFileSync(path.join(context, "Dockerfile"),
		"FROM bb:1\nRUN echo built >/made\n");
	try {
		return await GenericContainer.fromDockerfile(context).build();
	} finally {
		fs.rmSync(context, { recursive: true });
	}
}

async function main() {
	const said = {};
	const network = await new Network().start();
	const web = await container("bb:1").withExposedPorts(80)
		.withNetworkMode(network.getName())
		.withCopyContentToContainer([{ content: "abc", target: "/tmp/f" }])
		.start();

	said.port = web.getMappedPort(80);
	said.exec = (await web.exec(["echo", "hello"])).output;
	said.copied = (await web.exec(["cat", "/tmp/f"])).output;
	await web.stop();
	await network.stop();

	const made = await (await build()).withCommand(["sleep", "1000"]).start();
	said.built = (await made.exec(["cat", "/made"])).output;
	await made.stop({ timeout: 0 });

	said.bind = await why(() => container("bb:1").withBindMounts(
		[{ source: "/etc", target: "/host" }]).start());
	said.privileged = await why(() => container("bb:1")
		.withPrivilegedMode().start());
	said["port chosen"] = await why(() => container("bb:1")
		.withExposedPorts({ container: 80, host: 8005 }).start());
	console.log(JSON.stringify(said));
}

main().catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
