// node-geocoder's openstreetmap: node node_geocoder.mjs URL '{"text": …}'
import assert from 'node:assert/strict'
import nodeGeocoder from 'node-geocoder'

const [url, wanted] = [process.argv[2], JSON.parse(process.argv[3])]
const geocoder = nodeGeocoder({ provider: 'openstreetmap', osmServer: `${url}/nominatim` })

const isThere = result => Math.abs(result.latitude - wanted.lat) < 1e-4 &&
                          Math.abs(result.longitude - wanted.lon) < 1e-4

const [found] = await geocoder.geocode({ q: wanted.text, limit: 1 })
assert.ok(isThere(found))
assert.equal(found.streetNumber, wanted.number)
assert.equal(found.streetName, wanted.street)
assert.equal(found.city, wanted.city)
assert.equal(found.countryCode, wanted.country)
assert.ok(found.formattedAddress.includes(wanted.street))

const [parts] = await geocoder.geocode({ street: `${wanted.number} ${wanted.street}`,
                                         city: wanted.city })
assert.equal(parts.streetName, wanted.street)

const [here] = await geocoder.reverse({ lat: wanted.lat, lon: wanted.lon })
assert.ok(isThere(here))
assert.deepEqual([...await geocoder.geocode('zzzqqqxxxzzz')], [])
await assert.rejects(geocoder.reverse({ lat: 0.5, lon: -150 }), /Unable to geocode/)

const many = await geocoder.batchGeocode([wanted.text, 'zzzqqqxxxzzz'])
assert.ok(isThere(many[0].value[0]))
console.log('node-geocoder: ok')
