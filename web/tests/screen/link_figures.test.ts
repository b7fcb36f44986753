import { describe, expect, it } from 'vitest';
import { readLink } from '../../src/screen/link_figures';

describe('readLink', () => {
  it('follows the nominated pair to both ends', () => {
    const report: [string, unknown][] = [
      ['P0', { type: 'candidate-pair', state: 'failed', remoteCandidateId: 'R0' }],
      [
        'P1',
        {
          type: 'candidate-pair',
          state: 'succeeded',
          nominated: true,
          currentRoundTripTime: 0.0123,
          localCandidateId: 'L',
          remoteCandidateId: 'R1',
        },
      ],
      ['R0', { type: 'remote-candidate', address: '192.0.2.9', port: 1, protocol: 'udp' }],
      ['R1', { type: 'remote-candidate', address: '2001:db8::1', port: 8189, protocol: 'udp' }],
      ['L', { type: 'local-candidate', candidateType: 'prflx', port: 40000, protocol: 'udp' }],
      ['C', { type: 'codec', mimeType: 'video/H264' }],
      ['V', { type: 'inbound-rtp', kind: 'video', codecId: 'C', framesDecoded: 7, packetsLost: 2 }],
    ];
    expect(readLink(report)).toEqual({
      remote: '[2001:db8::1]:8189 udp',
      local: 'prflx:40000 udp',
      roundTripMs: 12.3,
      codec: 'H264',
      framesDecoded: 7,
      framesDropped: null,
      freezes: null,
      packetsLost: 2,
      nacks: null,
    });
  });

  it('knows nothing of an empty report', () => {
    expect(Object.values(readLink([])).filter((value) => value !== null)).toEqual([]);
  });
});
