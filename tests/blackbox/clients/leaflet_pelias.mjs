// leaflet-control-geocoder's Pelias: node leaflet_pelias.mjs URL '{"text": …}'
import assert from 'node:assert/strict'
import './page.mjs'

const L = (await import('leaflet')).default
globalThis.L = window.L = L
const { geocoders } = await import('leaflet-control-geocoder')
const [url, wanted] = [process.argv[2], JSON.parse(process.argv[3])]

const pelias = geocoders.pelias({ serviceUrl: `${url}/pelias/v1`, apiKey: 'none' })

const isThere = result => Math.abs(result.center.lat - wanted.lat) < 1e-4 &&
                          Math.abs(result.center.lng - wanted.lon) < 1e-4

const found = await pelias.geocode(wanted.text)
assert.ok(isThere(found[0]))
assert.ok(found[0].name.includes(wanted.city), found[0].name)
assert.equal(found[0].properties.housenumber, wanted.number)
const city = (await pelias.suggest(wanted.city)).find(result => result.properties.layer === 'locality')
assert.ok(city.bbox.contains(city.center))
assert.ok(city.bbox.getNorth() > city.bbox.getSouth())
const here = await pelias.reverse({ lat: wanted.lat, lng: wanted.lon }, 1)
assert.ok(isThere(here[0]))
console.log('leaflet-control-geocoder Pelias: ok')
