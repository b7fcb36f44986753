// Ports of this machine that nobody has just now, for programs that cannot choose one themselves. Until
// they take it somebody else may.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

async function closed(socket) {
  const gone = once(socket, 'close');
  socket.close();
  await gone;
}

// Each another one.
export async function freeTcpPorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map(closed));
  return ports;
}

export async function freeTcpPort() {
  return (await freeTcpPorts(1))[0];
}

export async function freeUdpPort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await closed(socket);
  return port;
}
