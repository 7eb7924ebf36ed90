#include "command/script.h"

#include "base/test.h"
#include "codec/resp.h"
#include "sys/clock.h"

static struct memory_account account = {.name = "test"};
// Long for what is to end by itself, also under valgrind; short for what is not.
static const struct script_settings SETTINGS = {.memory_size = (size_t)16 << 20,
                                                .time_us = 60000000};
static const struct script_settings SHORT = {.memory_size = (size_t)16 << 20, .time_us = 100000};

// A server with one key for any: SET keeps the last word, GET gives it, others are refused.
struct fake {
    char value[64];
    unsigned commands;
};

static bool is_word(struct bytes word, const char *upper)
{
    return word.size == strlen(upper) &&
           strncasecmp((const char *)word.data, upper, word.size) == 0;
}

static void run_command(void *context, const struct bytes *words, size_t count,
                        struct buffer *reply)
{
    struct fake *const fake = context;
    fake->commands++;
    if (is_word(words[0], "SET") && count > 1 && words[count - 1].size < sizeof(fake->value)) {
        memcpy(fake->value, words[count - 1].data, words[count - 1].size);
        fake->value[words[count - 1].size] = '\0';
        resp_write_simple(reply, "OK");
    } else if (is_word(words[0], "GET") && count > 3) {
        resp_write_array(reply, 2);
        resp_write_bulk(reply, BYTES_OF("{\"type\":\"Point\",\"coordinates\":[-115,33]}"));
        resp_write_array(reply, 4);
        resp_write_bulk(reply, BYTES_OF("speed"));
        resp_write_bulk(reply, BYTES_OF("55"));
        resp_write_bulk(reply, BYTES_OF("name"));
        resp_write_bulk(reply, BYTES_OF("fast"));
    } else if (is_word(words[0], "GET")) {
        if (fake->value[0] == '\0') {
            resp_write_null(reply, RESP_2);
        } else {
            resp_write_bulk(reply, bytes_from_text(fake->value));
        }
    } else if (is_word(words[0], "SCAN")) {
        resp_write_array(reply, 2);
        resp_write_integer(reply, 0);
        resp_write_array(reply, 3);
        for (char id = 'a'; id <= 'c'; id++) {
            resp_write_array(reply, 3);
            resp_write_bulk(reply, (struct bytes){.data = (const uint8_t *)&id, .size = 1});
            resp_write_bulk(reply, BYTES_OF("{\"type\":\"Point\",\"coordinates\":[1,2]}"));
            resp_write_array(reply, 2);
            resp_write_bulk(reply, BYTES_OF("n"));
            resp_write_bulk(reply, BYTES_OF("7"));
        }
    } else if (is_word(words[0], "NUMBER")) {
        resp_write_integer(reply, 42);
    } else {
        resp_write_error(reply, BYTES_OF("ERR read only"));
    }
}

struct world {
    struct scripts *scripts;
    struct fake fake;
    struct buffer out;
    struct fault fault;
};

static int set_up(void **state)
{
    struct world *const world = test_calloc(1, sizeof(*world));
    *world = (struct world){.out = {.account = &account}};
    assert_int_equal(scripts_new(sys_os(), &account, &SETTINGS, &world->scripts, NULL), STATUS_OK);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *const world = *state;
    scripts_free(world->scripts);
    buffer_free(&world->out);
    test_free(world);
    assert_int_equal(atomic_load(&account.used_size), 0);
    return 0;
}

static struct script script_of(struct world *world, const char *text)
{
    static const struct bytes keys[] = {{.data = (const uint8_t *)"key1", .size = 4}};
    static const struct bytes arguments[] = {{.data = (const uint8_t *)"arg1", .size = 4},
                                             {.data = (const uint8_t *)"38", .size = 2}};
    return (struct script){.text = bytes_from_text(text),
                           .command = "eval",
                           .keys = keys,
                           .key_count = 1,
                           .arguments = arguments,
                           .argument_count = 2,
                           .deadline_us = INT64_MAX,
                           .call = run_command,
                           .context = &world->fake};
}

static enum status run(struct world *world, const char *text, enum script_output output)
{
    buffer_clear(&world->out);
    const struct script script = script_of(world, text);
    return script_run(world->scripts, &script, output, &world->out, &world->fault);
}

static void check(struct world *world, const char *text, enum script_output output,
                  const char *expected)
{
    const enum status status = run(world, text, output);
    if (status != STATUS_OK) {
        print_error("%s\n  %s\n", text, world->fault.text);
        fail();
    }
    buffer_append_u8(&world->out, 0);
    assert_string_equal((const char *)world->out.data, expected);
}

static void check_refused(struct world *world, const char *text, enum status status,
                          const char *part)
{
    const enum status got = run(world, text, SCRIPT_RESP);
    if (got != status || strstr(world->fault.text, part) == NULL) {
        buffer_append_u8(&world->out, 0);
        print_error("%s\n  %s: %s\n", text, status_name(got),
                    got == STATUS_OK ? (const char *)world->out.data : world->fault.text);
        fail();
    }
}

static void test_values_become_replies(void **state)
{
    struct world *const world = *state;
    static const struct {
        const char *text, *resp, *json;
    } rows[] = {
        {"return 2 + 2", ":4\r\n", "4"},
        {"return 3.99", ":3\r\n", "3.99"},
        {"return -0.5", ":-1\r\n", "-0.5"},
        {"return 'a<b'", "$3\r\na<b\r\n", "\"a\\u003cb\""},
        {"return true", ":1\r\n", "true"},
        {"return false", "$-1\r\n", "false"},
        {"return nil", "$-1\r\n", "null"},
        {"return", "$-1\r\n", "null"},
        {"return 0/0", "$3\r\nNaN\r\n", "null"},
        {"return 1e300", ":9223372036854775807\r\n", NULL},
        {"return {1, 'b', {true}}", "*3\r\n:1\r\n$1\r\nb\r\n*1\r\n:1\r\n", "[1,\"b\",[true]]"},
        {"return {}", "*0\r\n", "{}"},
        {"return {a = 1}", "*1\r\n*2\r\n$1\r\na\r\n:1\r\n", "{\"a\":1}"},
        {"return {ok = 'fine'}", "+fine\r\n", "{\"ok\":\"fine\"}"},
        {"return {err = 'bad'}", "-ERR bad\r\n", "{\"err\":\"bad\"}"},
        {"return tile38.status_reply('fine')", "+fine\r\n", NULL},
        {"return tile38.error_reply('bad')", "-ERR bad\r\n", NULL},
        {"return os.clock", "-ERR Unsupported lua type: function\r\n", NULL},
        {"return KEYS[1] .. ' and ' .. ARGV[1]", "$13\r\nkey1 and arg1\r\n", NULL},
        {"return tonumber(ARGV[2])", ":38\r\n", NULL},
        {"return EVAL_CMD", "$4\r\neval\r\n", NULL},
        {"return tile38.sha1hex('asdf')", "$40\r\n3da541559918a808c2402bba5012f6c60b27661c\r\n",
         NULL},
        {"return tile38.distance_to(37.7341129, -122.4408378, 37.733, -122.43)", ":961\r\n", NULL},
        {"return #tile38.sha1hex(string.rep('x', 1000))", ":40\r\n", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(world, rows[i].text, SCRIPT_RESP, rows[i].resp);
        if (rows[i].json != NULL) {
            check(world, rows[i].text, SCRIPT_JSON, rows[i].json);
        }
    }
}

static void test_commands_run_and_their_errors_are_errors(void **state)
{
    struct world *const world = *state;
    check(world, "return tile38.call('get', 'k')", SCRIPT_RESP, "$-1\r\n");
    check(world, "return tile38.call('set', 'k', 5)", SCRIPT_RESP, "+OK\r\n");
    check(world, "return tile38.call('get', 'k')", SCRIPT_RESP, "$1\r\n5\r\n");
    check(world, "return tile38.call('number') + 1", SCRIPT_RESP, ":43\r\n");
    check(world, "return tile38.pcall('drop', 'k')", SCRIPT_RESP, "-ERR read only\r\n");
    check(world, "return tile38.pcall('drop', 'k').err", SCRIPT_RESP, "$9\r\nread only\r\n");
    check(world, "return pcall(tile38.call, 'drop') == false", SCRIPT_RESP, ":1\r\n");
    check_refused(world, "return tile38.call('drop', 'k')", STATUS_OUT_OF_RANGE, "ERR read only");
    check_refused(world, "return tile38.call()", STATUS_OUT_OF_RANGE, "a command has a name");
    check_refused(world, "return 2 +", STATUS_OUT_OF_RANGE, "near '<eof>'");
    check_refused(world, "return nothing.x", STATUS_OUT_OF_RANGE, "attempt to index");
    check_refused(world, "x = 1", STATUS_OUT_OF_RANGE, "attempt to create global variable 'x'");
    check(world, "return {xpcall(function() return 1, 2 end, error)}", SCRIPT_JSON, "[true,1,2]");
    check(world, "return {xpcall(function() error('x', 0) end, function(e) return e .. 'y' end)}",
          SCRIPT_JSON, "[false,\"xy\"]");
    check_refused(world, "error('one\\ntwo')", STATUS_OUT_OF_RANGE, "one two");
}

static void test_scripts_are_kept_by_their_hash(void **state)
{
    struct world *const world = *state;
    char hash[SCRIPT_HASH_SIZE + 1];
    assert_int_equal(script_load(world->scripts, BYTES_OF("return 2 + 2"), hash, NULL), STATUS_OK);
    assert_string_equal(hash, "2dd1b44209ecb49617af05caf0491390a03c1cc4");
    assert_true(script_exists(world->scripts, bytes_from_text(hash)));
    assert_false(script_exists(world->scripts, BYTES_OF("no_script")));
    struct script script = script_of(world, hash);
    script.is_hash = true;
    assert_int_equal(script_run(world->scripts, &script, SCRIPT_RESP, &world->out, &world->fault),
                     STATUS_OK);
    assert_true(bytes_equal(buffer_bytes(&world->out), BYTES_OF(":4\r\n")));
    scripts_flush(world->scripts);
    assert_int_equal(script_run(world->scripts, &script, SCRIPT_RESP, &world->out, &world->fault),
                     STATUS_NOT_FOUND);
    assert_string_equal(world->fault.text, "sha not found");
    assert_int_equal(script_load(world->scripts, BYTES_OF("return +"), hash, &world->fault),
                     STATUS_OUT_OF_RANGE);
    check(world, "return 1", SCRIPT_RESP, ":1\r\n"); // EVAL keeps it too
    assert_true(
        script_exists(world->scripts, BYTES_OF("e0e1f9fabfc9d4800c877a703b823ac0578ff8db")));
}

static void test_json_is_decoded_and_encoded(void **state)
{
    struct world *const world = *state;
    check(world, "return json.decode('{\"a\":[1,2.5,\"x\\\\u00e9\",null,true]}').a[3]", SCRIPT_RESP,
          "$3\r\nx\xc3\xa9\r\n");
    check(world, "return json.encode({1, 'a', {b = true}})", SCRIPT_RESP,
          "$18\r\n[1,\"a\",{\"b\":true}]\r\n");
    check(world, "local v, e = json.decode('{') return v == nil and e ~= nil", SCRIPT_RESP,
          ":1\r\n");
    check(world, "local v, e = json.encode({1, a = 2}) return e", SCRIPT_RESP,
          "$40\r\ncannot encode mixed or invalid key types\r\n");
    check(world, "local t = {} t[1] = t local v, e = json.encode(t) return v == nil and #e > 5",
          SCRIPT_RESP, ":1\r\n");
}

static void test_objects_are_read_and_iterated(void **state)
{
    struct world *const world = *state;
    check(world,
          "local o = tile38.get('k', 'i') "
          "return {o.id, o.object.x, o.object.y, o.fields.name, tostring(o.object), "
          "o:read_fields('speed', 'none')}",
          SCRIPT_RESP,
          "*7\r\n$1\r\ni\r\n:-115\r\n:33\r\n$4\r\nfast\r\n$40\r\n"
          "{\"type\":\"Point\",\"coordinates\":[-115,33]}\r\n:55\r\n:0\r\n");
    check(world,
          "local s = '' "
          "local c = tile38.iterate(function(i) s = s .. i.id .. i:read_fields('n') "
          "return i.id ~= 'b' end, 'scan', 'k') return s .. c",
          SCRIPT_RESP, "$5\r\na7b72\r\n");
    check_refused(world, "tile38.iterate(function() end, 'set', 'k')", STATUS_OUT_OF_RANGE,
                  "expected command to be");
}

static void test_patterns_are_luas(void **state)
{
    struct world *const world = *state;
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"return {('hello world'):find('o w')}", "[5,7]"},
        {"return {('hello'):find('l+')}", "[3,4]"},
        {"return {('hello'):find('(l)(l)')}", "[3,4,\"l\",\"l\"]"},
        {"return {('a.b'):find('.', 1, true)}", "[2,2]"},
        {"return {('a+b'):find('+', 1, true), ('abc'):find('b', -1)}", "[2]"},
        {"return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "\"key\""},
        {"return {('2026-11-21'):match('(%d+)-(%d+)-(%d+)')}", "[\"2026\",\"11\",\"21\"]"},
        {"return ('  trim  '):match('^%s*(.-)%s*$')", "\"trim\""},
        {"return ('f(a(b)c)d'):match('%b()')", "\"(a(b)c)\""},
        {"return ('THE (quick) fox'):find('%f[%a]%a+%f[%A]')", "1"},
        {"return {('abcabc'):find('(b)c(a)')}", "[2,4,\"b\",\"a\"]"},
        {"return ('\"a\" and \"b\"'):match('([\"\\'])(.-)%1')", "\"\\\"\""},
        {"return {('hello'):match('()ll()')}", "[3,5]"},
        {"return {('hello world'):gsub('o', '0')}", "[\"hell0 w0rld\",2]"},
        {"return {('hello'):gsub('', '-')}", "[\"-h-e-l-l-o-\",6]"},
        {"return (('abc'):gsub('%w', '%0%0'))", "\"aabbcc\""},
        {"return (('hello world'):gsub('(%w+) (%w+)', '%2 %1'))", "\"world hello\""},
        {"return (('$x $y'):gsub('%$(%w)', {x = 'X'}))", "\"X $y\""},
        {"return (('abc'):gsub('.', function(c) return c:upper() .. '.' end))", "\"A.B.C.\""},
        {"return (('abcdef'):gsub('.', '', 2))", "\"cdef\""},
        {"return (('  x'):gsub('^%s+', ''))", "\"x\""},
        {"local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end "
         "return t",
         "[\"a1\",\"b2\"]"},
        {"local n = 0 for _ in ('abc'):gmatch('') do n = n + 1 end return n", "4"},
        {"return ('[x]'):match('[]]') .. ('a-c'):match('[a%-]+')", "\"]a-\""},
        {"return ('x^y'):match('[%^x]+') .. ('b'):match('[^a]')", "\"x^b\""},
        {"return ('aaa'):match('a-$')", "\"aaa\""},
        {"return ('a$b'):match('a$b')", "\"a$b\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check(world, rows[i].text, SCRIPT_JSON, rows[i].json);
    }
    check_refused(world, "return ('a'):find('[a')", STATUS_OUT_OF_RANGE, "malformed pattern");
    check_refused(world, "return ('a'):find('%')", STATUS_OUT_OF_RANGE, "malformed pattern");
    check_refused(world, "return ('a'):find('(a')", STATUS_OUT_OF_RANGE, "unfinished capture");
    check_refused(world, "return ('a'):match('a)')", STATUS_OUT_OF_RANGE,
                  "invalid pattern capture");
    check_refused(world, "return ('a'):find('%1')", STATUS_OUT_OF_RANGE, "invalid capture index");
}

static void test_the_sandbox_has_no_doors(void **state)
{
    struct world *const world = *state;
    static const char *const gone[] = {
        "io",         "file",     "os.execute", "os.getenv", "os.remove",     "os.exit",
        "os.tmpname", "loadfile", "dofile",     "load",      "require",       "module",
        "package",    "debug",    "ffi",        "jit",       "bit",           "string.dump",
        "getfenv",    "setfenv",  "newproxy",   "print",     "tile38.nothing"};
    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        char text[80];
        (void)snprintf(text, sizeof(text), "return %s == nil", gone[i]);
        check(world, text, SCRIPT_RESP, ":1\r\n");
    }
    // Bytecode is refused, wherever it comes from.
    check(world, "return loadstring('return 1 + 1')()", SCRIPT_RESP, ":2\r\n");
    check(world, "local f, e = loadstring('\\27Lua') return f == nil", SCRIPT_RESP, ":1\r\n");
    check_refused(world, "\x1bLua", STATUS_OUT_OF_RANGE, "");
    // What one script changes, the next does not see.
    check(world, "string.rep = nil tile38.call = nil return 1", SCRIPT_RESP, ":1\r\n");
    check(world, "rawset(_G, 'left', 1) return left", SCRIPT_RESP, ":1\r\n");
    check(world, "return #string.rep('x', 3) + (rawget(_G, 'left') == nil and 0 or 1)", SCRIPT_RESP,
          ":3\r\n");
    check(world, "return getmetatable(_G)", SCRIPT_RESP, "$-1\r\n");
    check(world, "return pcall(setmetatable, _G, {}) == false", SCRIPT_RESP, ":1\r\n");
}

static void test_no_script_runs_for_ever(void **state)
{
    struct world *const world = *state;
    scripts_free(world->scripts);
    assert_int_equal(scripts_new(sys_os(), &account, &SHORT, &world->scripts, NULL), STATUS_OK);
    static const char *const loops[] = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local function f() while true do pcall(f) end end f()",
        "while true do xpcall(function() error('x') end, function() while true do end end) end",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) "
        "while true do co() end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "repeat until false",
        "for i = 1, 1e18 do end",
        "return ('a'):rep(100000):find(('a*'):rep(40) .. 'b')",
        "return ('a'):rep(3000):find(('.-'):rep(30) .. 'b')",
        "while true do pcall(string.find, ('a'):rep(100000), ('a*'):rep(40) .. 'b') end",
        "return ('a'):rep(100000):gsub(('a-'):rep(30) .. 'b', '')",
        "for _ in ('a'):rep(100000):gmatch(('a?a*'):rep(20) .. 'b') do end",
        "return ('('):rep(1000000):find('%b()')",
        "while true do tile38.call('number') end",
        "while true do pcall(tile38.call, 'drop') end",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) "
        "while true do pcall(function() return t[1] end) end",
        "table.sort({3, 2, 1, 4, 5}, function() while true do end end)",
        "setmetatable({}, {__tostring = function() while true do end end}) "
        "return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
    };
    for (size_t i = 0; i < COUNT_OF(loops); i++) {
        const int64_t begin_us = sys_monotonic_us(sys_os());
        check_refused(world, loops[i], STATUS_CANCELLED, "ran longer than 100 ms");
        if (sys_monotonic_us(sys_os()) - begin_us > 10000000) {
            print_error("%s\n", loops[i]);
            fail();
        }
    }
    struct script script = script_of(world, "while true do end");
    script.deadline_us = sys_monotonic_us(sys_os()) + 20000;
    assert_int_equal(script_run(world->scripts, &script, SCRIPT_RESP, &world->out, &world->fault),
                     STATUS_CANCELLED);
    assert_string_equal(world->fault.text, "timeout");
}

static void test_no_script_takes_all_memory(void **state)
{
    struct world *const world = *state;
    static const char *const bombs[] = {
        "return ('x'):rep(1e9)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "return table.concat({('x'):rep(9e6), ('y'):rep(9e6)})",
        "return (('x'):rep(1e6):gsub('x', ('y'):rep(100)))",
        "local s = ('x'):rep(9e6) return s:upper() .. s",
        "local t = {} for i = 1, 1e7 do t[i] = function() return i end end",
    };
    for (size_t i = 0; i < COUNT_OF(bombs); i++) {
        world->fault = (struct fault){0};
        const enum status status = run(world, bombs[i], SCRIPT_RESP);
        if (status != STATUS_NO_MEMORY && status != STATUS_CANCELLED &&
            strstr(world->fault.text, "not enough memory") == NULL) {
            print_error("%s\n  %s %s\n", bombs[i], status_name(status), world->fault.text);
            fail();
        }
        assert_true(atomic_load(&account.used_size) < (1 << 20));
    }
    assert_true(atomic_load(&account.peak_size) < ((size_t)40 << 20));
}

static void test_deep_things_are_refused(void **state)
{
    struct world *const world = *state;
    check_refused(world, "local function f() return 1 + f() end return f()", STATUS_OUT_OF_RANGE,
                  "stack overflow");
    check_refused(world, "local t = {} for i = 1, 1e5 do t = {t} end return t", STATUS_OUT_OF_RANGE,
                  "nested");
    check_refused(world, "local t = {} t[1] = t return t", STATUS_OUT_OF_RANGE, "nested");
    check_refused(world, "return json.decode(('['):rep(1e5))", STATUS_OUT_OF_RANGE, "nested");
    check_refused(world, "return ('x'):find(('('):rep(1000))", STATUS_OUT_OF_RANGE, "too many");
    check_refused(world, "return ('x'):rep(1000):find(('x?'):rep(1000))", STATUS_OUT_OF_RANGE,
                  "too complex");
    check_refused(world, "return unpack({}, 1, 1e8)", STATUS_OUT_OF_RANGE, "too many results");
    check_refused(world,
                  "local s = ('('):rep(1e5) .. '1' .. (')'):rep(1e5) "
                  "return assert(loadstring('return ' .. s))",
                  STATUS_OUT_OF_RANGE, "");
}

// Encodes fields as rows have them.
static void add_field(struct buffer *out, const char *name, const char *json)
{
    const size_t name_size = strlen(name);
    buffer_append_u8(out, (uint8_t)name_size);
    buffer_append_u8(out, 0);
    buffer_append_text(out, name);
    buffer_append_u32(out, (uint32_t)strlen(json));
    buffer_append_text(out, json);
}

static void test_conditions_are_asked_about_objects(void **state)
{
    struct world *const world = *state;
    struct buffer fields = {.account = &account};
    add_field(&fields, "kind", "\"van\"");
    add_field(&fields, "speed", "42.5");
    const struct script_object object = {.id = BYTES_OF("truck1"),
                                         .fields = buffer_bytes(&fields),
                                         .properties = BYTES_OF("{\"a\":1}")};
    static const struct {
        const char *text;
        bool holds;
    } rows[] = {
        {"return FIELDS.speed > 40", true},
        {"return FIELDS.speed > 50", false},
        {"return FIELDS.kind == 'van'", true},
        {"return FIELDS.missing", false},
        {"return ID == 'truck1'", true},
        {"return tonumber(ARGV[2]) == 38", true},
        {"return 0", false},
        {"return 1", true},
        {"return ''", false},
        {"return {}", false},
        {"return {1}", true},
        {"return json.decode(PROPERTIES).a == 1", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct script script = script_of(world, rows[i].text);
        struct script_condition *condition = NULL;
        assert_int_equal(script_condition_begin(world->scripts, &script, &condition, &world->fault),
                         STATUS_OK);
        for (int round = 0; round < 50; round++) {
            bool holds = !rows[i].holds;
            assert_int_equal(script_condition_holds(condition, &object, &holds, &world->fault),
                             STATUS_OK);
            assert_int_equal(holds, rows[i].holds);
        }
        script_condition_end(condition);
    }
    const struct script script = script_of(world, "return FIELDS.missing > 1");
    struct script_condition *condition = NULL;
    bool holds = false;
    assert_int_equal(script_condition_begin(world->scripts, &script, &condition, NULL), STATUS_OK);
    assert_int_equal(script_condition_holds(condition, &object, &holds, &world->fault),
                     STATUS_OUT_OF_RANGE);
    assert_non_null(strstr(world->fault.text, "attempt to compare"));
    script_condition_end(condition);
    buffer_free(&fields);
}

static void test_runs_are_cheap(void **state)
{
    struct world *const world = *state;
    const int64_t begin_us = sys_monotonic_us(sys_os());
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(run(world, "return tile38.call('number')", SCRIPT_RESP), STATUS_OK);
    }
    print_message("# %.1f us a run\n", (double)(sys_monotonic_us(sys_os()) - begin_us) / 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_become_replies),
        TEST(test_commands_run_and_their_errors_are_errors),
        TEST(test_scripts_are_kept_by_their_hash),
        TEST(test_json_is_decoded_and_encoded),
        TEST(test_objects_are_read_and_iterated),
        TEST(test_patterns_are_luas),
        TEST(test_the_sandbox_has_no_doors),
        TEST(test_no_script_runs_for_ever),
        TEST(test_no_script_takes_all_memory),
        TEST(test_deep_things_are_refused),
        TEST(test_conditions_are_asked_about_objects),
        TEST(test_runs_are_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
