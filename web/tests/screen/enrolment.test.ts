import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScreenEnrolment, type EnrolmentState } from '../../src/screen/enrolment';

const kSettings = {
  enrolled: true,
  version: '1.1.1',
  screen: { id: 's', name: '一号屏', test: true },
  site: { id: 't', name: '新民社区' },
  channel: { id: 'main', name: 'Main' },
  volume: { rule: 'fixed', percent: 60 },
  watch: { token: 'abc', expires_ms: 5 },
  guide: { time_zone: 'Asia/Shanghai', sessions: [] },
};
const kWaiting = { enrolled: false, code: 'K7M2QP', expires_ms: 99 };
const refusal = (status: number, fields: Record<string, string> = {}) => ({ status, body: { status }, fields });

interface Scripted {
  status: number;
  body: unknown;
  fields?: Record<string, string>;
}

class Stage {
  asked: string[] = [];
  kept = '';
  states: EnrolmentState[] = [];
  /** By "GET /api/v1/screen"; a network that is away without. */
  answers: Record<string, Scripted> = {};
  readonly enrolment = new ScreenEnrolment({
    onchange: (state) => this.states.push(state),
    recall: () => this.kept || null,
    remember: (text) => (this.kept = text),
    random: () => 0.5,
    now: () => Date.now(),
    fetch: (async (address: string, init: RequestInit) => {
      const what = `${init.method} ${address}`;
      this.asked.push(what);
      const answer = this.answers[what];
      if (!answer) throw new TypeError('network');
      return new Response(JSON.stringify(answer.body), { status: answer.status, headers: answer.fields });
    }) as typeof fetch,
  });
  get last() {
    return this.states[this.states.length - 1];
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a screen in the network', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks for a code when it is nobody, and has its settings once it was enrolled', async () => {
    const stage = new Stage();
    stage.answers = {
      'GET /api/v1/screen': refusal(401),
      'POST /api/v1/screen/code': { status: 200, body: kWaiting },
    };
    stage.enrolment.start();
    await pass(10);
    expect(stage.last).toEqual({
      kind: 'waiting',
      waiting: { code: 'K7M2QP', expiresMs: 99, lifeMs: 0 },
    });
    stage.answers['GET /api/v1/screen'] = { status: 200, body: kSettings };
    await pass(40_000);
    expect(stage.last).toMatchObject({
      kind: 'enrolled',
      settings: { site: '新民社区', name: '一号屏', channel: 'main', test: true, volume: 0.6 },
    });
    expect(stage.asked.filter((what) => what.startsWith('POST'))).toHaveLength(1);
    expect(JSON.parse(stage.kept)).toEqual(kSettings);
  });

  it('asks more often while somebody stands before it', async () => {
    const stage = new Stage();
    stage.answers['GET /api/v1/screen'] = { status: 200, body: kWaiting };
    stage.enrolment.start();
    await pass(25_000);
    expect(stage.asked).toHaveLength(1);
    stage.enrolment.setEager(true);
    await pass(12_500);
    expect(stage.asked.length).toBeGreaterThan(3);
  });

  it('starts with what it knew last while control is away, and forgets nothing for it', async () => {
    const stage = new Stage();
    stage.kept = JSON.stringify(kSettings);
    stage.enrolment.start();
    expect(stage.last).toMatchObject({ kind: 'enrolled', settings: { watch: { token: 'abc' } } });
    await pass(600_000);
    expect(stage.last.kind).toBe('enrolled');
    expect(stage.asked.length).toBeGreaterThan(5);
    expect(stage.asked.length).toBeLessThan(30);
    stage.answers['GET /api/v1/screen'] = refusal(503, { 'Retry-After': '300' });
    await pass(60_000);
    const before = stage.asked.length;
    await pass(100_000);
    expect(stage.asked).toHaveLength(before);
    expect(stage.last.kind).toBe('enrolled');
  });

  it('believes a 401 of control alone', async () => {
    const stage = new Stage();
    stage.kept = JSON.stringify(kSettings);
    stage.answers['GET /api/v1/screen'] = { status: 401, body: 'sign in to the Wi-Fi' };
    stage.enrolment.start();
    await pass(10_000);
    expect(stage.last.kind).toBe('enrolled');
    stage.answers = {
      'GET /api/v1/screen': refusal(401),
      'POST /api/v1/screen/code': { status: 200, body: kWaiting },
    };
    await pass(60_000);
    expect(stage.last.kind).toBe('waiting');
    expect(stage.kept).toBe('');
  });

  it('reads its settings anew when a report is told of others, not each time', async () => {
    const stage = new Stage();
    stage.answers = {
      'GET /api/v1/screen': { status: 200, body: kSettings },
      'POST /api/v1/screen/report': { status: 200, body: { version: '1.1.1' } },
    };
    stage.enrolment.start();
    await pass(20_000);
    await stage.enrolment.report({});
    await pass(20_000);
    expect(stage.asked.filter((what) => what.startsWith('GET'))).toHaveLength(1);
    stage.answers['POST /api/v1/screen/report'].body = { version: '2.1.1' };
    stage.answers['GET /api/v1/screen'].body = { ...kSettings, version: '2.1.1', channel: { id: 'field' } };
    await stage.enrolment.report({});
    await pass(14_000);
    await stage.enrolment.report({});
    expect(stage.last, 'not all of a town at once').toMatchObject({ settings: { channel: 'main' } });
    await pass(2_000);
    expect(stage.last, 'and a second report puts nothing off').toMatchObject({
      settings: { channel: 'field', version: '2.1.1' },
    });
    delete stage.answers['POST /api/v1/screen/report'];
    await stage.enrolment.report({});
    expect(stage.last.kind).toBe('enrolled');
  });

  it('says that it keeps no cookies, and takes no code after the other for it', async () => {
    const stage = new Stage();
    const codes = () => stage.asked.filter((what) => what.startsWith('POST')).length;
    stage.answers = {
      'GET /api/v1/screen': refusal(401),
      'POST /api/v1/screen/code': {
        status: 200,
        body: { ...kWaiting, expires_ms: 1_800_500, now_ms: 500 },
      },
    };
    stage.enrolment.setEager(true);
    stage.enrolment.start();
    await pass(60_000);
    expect(stage.last.kind).toBe('cookieless');
    expect(codes()).toBe(3);
    await pass(1_700_000);
    expect(codes()).toBe(3);
    await pass(100_000);
    expect(codes(), 'the last code is good no longer').toBeGreaterThan(3);
    stage.answers['GET /api/v1/screen'] = { status: 200, body: kSettings };
    await pass(1_900_000);
    expect(stage.last.kind, 'somebody has allowed them').toBe('enrolled');
  });

  it('leaves a server in peace that knows nothing of screens, and ends', async () => {
    const stage = new Stage();
    stage.answers['GET /api/v1/screen'] = { status: 404, body: null };
    stage.enrolment.start();
    await pass(500_000);
    expect(stage.asked).toHaveLength(1);
    expect(stage.states).toEqual([]);
    stage.enrolment.stop();
    stage.enrolment.urgent();
    await pass(2_000_000);
    expect(stage.asked).toHaveLength(1);
  });
});
