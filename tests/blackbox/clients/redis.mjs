// ioredis and redis with their default settings against the Redis dialect: node redis.mjs PORT
import assert from 'node:assert/strict';
import Redis from 'ioredis';
import { createClient } from 'redis';

const port = Number(process.argv[2]);

async function withIoredis() {
  const client = new Redis({ host: '127.0.0.1', port });
  await client.flushall();
  assert.equal(await client.geoadd('sicily', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669,
    'Catania'), 2);
  assert.equal(await client.geodist('sicily', 'Palermo', 'Catania', 'km'), '166.2742');
  assert.deepEqual(await client.geohash('sicily', 'Palermo', 'Catania'), ['sqc8b49rny0', 'sqdtr74hyu0']);
  assert.deepEqual(await client.geosearch('sicily', 'FROMLONLAT', 15, 37, 'BYRADIUS', 200, 'km',
    'ASC'), ['Catania', 'Palermo']);
  const near = await client.georadius('sicily', 15, 37, 200, 'km', 'WITHDIST', 'ASC');
  assert.deepEqual(near, [['Catania', '56.4413'], ['Palermo', '190.4424']]);
  assert.equal(await client.geosearchstore('near', 'sicily', 'FROMMEMBER', 'Catania', 'BYRADIUS', 1,
    'km'), 1);
  assert.deepEqual(await client.zrange('near', 0, -1), ['Catania']);
  const results = await client.pipeline().set('a', '1').get('a').geopos('sicily', 'nobody').exec();
  assert.deepEqual(results, [[null, 'OK'], [null, '1'], [null, [null]]]);
  await assert.rejects(client.geoadd('a', 1, 2, 'x'), /WRONGTYPE/);
  await client.quit();
}

async function withRedis() {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', (error) => { throw error; });
  await client.connect();
  await client.flushAll();
  assert.equal(await client.geoAdd('sicily', [
    { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' },
    { longitude: 15.087269, latitude: 37.502669, member: 'Catania' }]), 2);
  assert.equal(await client.geoDist('sicily', 'Palermo', 'Catania', 'km'), 166.2742);
  assert.deepEqual(await client.geoSearch('sicily', { longitude: 15, latitude: 37 },
    { radius: 200, unit: 'km' }, { SORT: 'ASC' }), ['Catania', 'Palermo']);
  const found = await client.geoSearchWith('sicily', { longitude: 15, latitude: 37 },
    { width: 400, height: 400, unit: 'km' }, ['WITHDIST', 'WITHCOORD'], { SORT: 'ASC', COUNT: 1 });
  assert.equal(found[0].member, 'Catania');
  assert.equal(Number(found[0].distance), 56.4413);
  assert.ok(Math.abs(Number(found[0].coordinates.longitude) - 15.087269) < 1e-5);
  assert.equal(await client.zScore('sicily', 'Palermo'), 3479099956230698);
  const positions = await client.geoPos('sicily', ['Palermo', 'nobody']);
  assert.equal(positions[1], null);
  assert.equal(await client.set('key', 'value', { expiration: { type: 'EX', value: 100 } }), 'OK');
  assert.equal(await client.get('key'), 'value');
  assert.equal(await client.del('key'), 1);
  await client.close();
}

await withIoredis();
await withRedis();
console.log('ioredis, redis: ok');
