// leaflet-control-geocoder's Nominatim: node leaflet_nominatim.mjs URL '{"text": …}'
import assert from 'node:assert/strict'
import './page.mjs'

const L = (await import('leaflet')).default
globalThis.L = window.L = L
const { geocoders } = await import('leaflet-control-geocoder')
const [url, wanted] = [process.argv[2], JSON.parse(process.argv[3])]

const nominatim = geocoders.nominatim({ serviceUrl: `${url}/nominatim/`,
                                        geocodingQueryParams: { countrycodes: '', limit: 3 } })

const isThere = result => Math.abs(result.center.lat - wanted.lat) < 1e-4 &&
                          Math.abs(result.center.lng - wanted.lon) < 1e-4

const found = await nominatim.geocode(wanted.text)
assert.ok(found.length > 0 && found.length <= 3)
assert.ok(isThere(found[0]))
assert.ok(found[0].bbox.isValid() && found[0].bbox.contains(found[0].center))
assert.equal(found[0].properties.address.house_number, wanted.number)
assert.equal(found[0].properties.address.road, wanted.street)
assert.ok(found[0].html.includes(wanted.street), found[0].html)
assert.equal(found[0].icon, undefined)

const scale = L.CRS.EPSG3857.scale(18)
const here = await nominatim.reverse({ lat: wanted.lat, lng: wanted.lon }, scale)
assert.ok(isThere(here[0]))
assert.ok(here[0].name.includes(wanted.street))

const far = await nominatim.reverse({ lat: wanted.lat, lng: wanted.lon }, L.CRS.EPSG3857.scale(10))
assert.equal(far[0].properties.address.road, undefined)
assert.deepEqual(await nominatim.geocode('zzzqqqxxxzzz'), [])
console.log('leaflet-control-geocoder Nominatim: ok')
