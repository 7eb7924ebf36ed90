// ioredis, redis, tile38 and @iwpnd/tile38-ts with their default settings against the Tile38 dialect:
// node tile38.mjs PORT
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import Redis from 'ioredis';
import { createClient } from 'redis';
import { Tile38 as TypedTile38 } from '@iwpnd/tile38-ts';

const Tile38 = createRequire(import.meta.url)('tile38');
const port = Number(process.argv[2]);

async function withIoredis() {
  const client = new Redis({ host: '127.0.0.1', port });
  assert.equal(await client.call('SET', 'fleet', 'truck1', 'POINT', '33.5123', '-112.2693'), 'OK');
  assert.equal(await client.call('GET', 'fleet', 'truck1'),
    '{"type":"Point","coordinates":[-112.2693,33.5123]}');
  const nearby = await client.call('NEARBY', 'fleet', 'IDS', 'POINT', '33.5', '-112.26', '5000');
  assert.deepEqual(nearby[1], ['truck1']);
  const listener = new Redis({ host: '127.0.0.1', port });
  await client.call('SETCHAN', 'near', 'NEARBY', 'fleet', 'FENCE', 'DETECT', 'enter', 'POINT', '33.5',
    '-112.26', '5000');
  await listener.subscribe('near');
  const message = once(listener, 'message');
  await client.call('SET', 'fleet', 'truck2', 'POINT', '33.5', '-112.26');
  const [channel, text] = await message;
  assert.equal(channel, 'near');
  assert.equal(JSON.parse(text).detect, 'enter');
  assert.equal(JSON.parse(text).id, 'truck2');
  await client.call('DELCHAN', 'near');
  await client.call('DROP', 'fleet');
  listener.disconnect();
  await client.quit();
}

async function withRedis() {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', (error) => { throw error; });
  await client.connect();
  assert.equal(await client.sendCommand(['SET', 'fleet', 'truck1', 'FIELD', 'speed', '16', 'POINT',
    '33.5123', '-112.2693']), 'OK');
  const found = await client.sendCommand(['SCAN', 'fleet', 'IDS']);
  assert.deepEqual(found[1], ['truck1']);
  await client.sendCommand(['DROP', 'fleet']);
  await client.close();
}

async function withTile38() {
  const client = new Tile38({ host: '127.0.0.1', port });
  await client.set('fleet', 'truck1', [33.5123, -112.2693], { value: 10 });
  const object = await client.get('fleet', 'truck1', { withfields: true });
  assert.deepEqual(object.object.coordinates, [-112.2693, 33.5123]);
  assert.equal(object.fields.value, 10);
  const point = await client.getPoint('fleet', 'truck1');
  assert.equal(point.point.lat, 33.5123);
  const found = await client.intersectsQuery('fleet').bounds(33, -113, 34, -112).execute();
  assert.equal(found.count, 1);
  const near = await client.nearbyQuery('fleet').point(33.5, -112.26).execute();
  assert.equal(near.objects[0].id, 'truck1');
  let fence;
  const entered = new Promise((resolve, reject) => {
    fence = client.intersectsQuery('fleet').detect('enter').bounds(40, 10, 41, 11)
      .executeFence((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => { setTimeout(resolve, 300); });
  await client.set('fleet', 'truck1', [40.5, 10.5]);
  assert.equal((await entered).detect, 'enter');
  fence.close();
  await client.drop('fleet');
  await client.quit();
}

async function withTyped() {
  const client = new TypedTile38(`127.0.0.1:${port}`);
  await client.set('fleet', 'truck1').fields({ speed: 16 }).point(33.5123, -112.2693).exec();
  const got = await client.get('fleet', 'truck1').withFields().asObject();
  assert.deepEqual(got.object.coordinates, [-112.2693, 33.5123]);
  assert.equal(got.fields.speed, 16);
  const found = await client.within('fleet').circle(33.5, -112.26, 5000).asIds();
  assert.deepEqual(found.ids, ['truck1']);
  await client.drop('fleet');
  await client.quit();
}

await withIoredis();
await withRedis();
await withTile38();
await withTyped();
console.log('ioredis, redis, tile38, @iwpnd/tile38-ts: ok');
