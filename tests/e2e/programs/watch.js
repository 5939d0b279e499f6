// SPDX-License-Identifier: MIT
// Dashboards on dockerode: what they call, and what they do not.

const Docker = require("dockerode");

async function main() {
	const docker = new Docker({
		socketPath: process.env.DOCKER_HOST.replace("unix://", ""),
	});
	const box = docker.getContainer("box");
	const list = await docker.listContainers({ all: true });
	const said = {
		names: list.map((one) => one.Names[0]),
		env: (await box.inspect()).Config.Env[0],
		stats: (await box.stats({ stream: false })).name,
		refused: {},
	};
	const others = {
		logs: () => box.logs({ stdout: true }),
		restart: () => box.restart(),
		exec: () => box.exec({ Cmd: ["true"] }),
		createContainer: () =>
			docker.createContainer({ Image: "bb:1", Cmd: ["true"] }),
		info: () => docker.info(),
	};

	for (const [name, call] of Object.entries(others)) {
		try {
			await call();
		} catch (error) {
			said.refused[name] = error.message;
		}
	}
	console.log(JSON.stringify(said));
}

main().catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
