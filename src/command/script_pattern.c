// Lua's patterns (Lua 5.1 manual, 5.4.1), with a clock.
//
// The library's own matcher backtracks in C, where no hook runs: one call can take years. This one looks at the
// time now and then and ends the script when it is up.
#include <ctype.h>

#include "command/script_private.h"

enum { CAPTURES_MAX = 32, DEPTH_MAX = 200, STEPS = 1 << 14 };

// Lengths of captures that are no lengths.
enum { OPEN = -1, POSITION = -2 };

struct matching {
    lua_State *lua;
    const char *text, *text_end;
    const char *pattern_end;
    unsigned depth, steps;
    int count;
    struct {
        const char *begin;
        ptrdiff_t size;
    } captures[CAPTURES_MAX];
};

static const char *match(struct matching *m, const char *at, const char *pattern);

static void step(struct matching *m)
{
    if (++m->steps % STEPS == 0) {
        script_check_time(m->lua);
    }
}

// Behind the single character class that begins here.
static const char *class_end(struct matching *m, const char *pattern)
{
    if (pattern == m->pattern_end) {
        (void)luaL_error(m->lua, "malformed pattern (ends with '%%')");
    }
    const char first = *pattern++;
    if (first == '%') {
        if (pattern == m->pattern_end) {
            (void)luaL_error(m->lua, "malformed pattern (ends with '%%')");
        }
        return pattern + 1;
    }
    if (first != '[') {
        return pattern;
    }
    if (pattern < m->pattern_end && *pattern == '^') {
        pattern++;
    }
    do { // a ] right at the beginning is itself
        if (pattern == m->pattern_end) {
            (void)luaL_error(m->lua, "malformed pattern (missing ']')");
        }
        if (*pattern++ == '%' && pattern < m->pattern_end) {
            pattern++;
        }
    } while (pattern == m->pattern_end || *pattern != ']');
    return pattern + 1;
}

static bool is_of_class(unsigned char byte, char class)
{
    bool is = false;
    switch (tolower((unsigned char)class)) {
    case 'a':
        is = isalpha(byte) != 0;
        break;
    case 'c':
        is = iscntrl(byte) != 0;
        break;
    case 'd':
        is = isdigit(byte) != 0;
        break;
    case 'l':
        is = islower(byte) != 0;
        break;
    case 'p':
        is = ispunct(byte) != 0;
        break;
    case 's':
        is = isspace(byte) != 0;
        break;
    case 'u':
        is = isupper(byte) != 0;
        break;
    case 'w':
        is = isalnum(byte) != 0;
        break;
    case 'x':
        is = isxdigit(byte) != 0;
        break;
    case 'z':
        is = byte == 0;
        break;
    default:
        return (unsigned char)class == byte;
    }
    return is != (isupper((unsigned char)class) != 0);
}

// Between [ and the ] before `end`.
static bool is_in_set(unsigned char byte, const char *set, const char *end)
{
    bool is_wanted = true;
    set++;
    if (*set == '^') {
        is_wanted = false;
        set++;
    }
    for (; set < end - 1; set++) {
        if (*set == '%') {
            set++;
            if (is_of_class(byte, *set)) {
                return is_wanted;
            }
        } else if (set + 2 < end - 1 && set[1] == '-') {
            if ((unsigned char)set[0] <= byte && byte <= (unsigned char)set[2]) {
                return is_wanted;
            }
            set += 2;
        } else if ((unsigned char)*set == byte) {
            return is_wanted;
        }
    }
    return !is_wanted;
}

static bool is_one(const struct matching *m, const char *at, const char *pattern, const char *end)
{
    if (at >= m->text_end) {
        return false;
    }
    const unsigned char byte = (unsigned char)*at;
    switch (*pattern) {
    case '.':
        return true;
    case '%':
        return is_of_class(byte, pattern[1]);
    case '[':
        return is_in_set(byte, pattern, end);
    default:
        return (unsigned char)*pattern == byte;
    }
}

// %bxy
static const char *match_balance(struct matching *m, const char *at, const char *pattern)
{
    if (m->pattern_end - pattern < 2) {
        (void)luaL_error(m->lua, "unbalanced pattern");
    }
    if (at == m->text_end || *at != pattern[0]) {
        return NULL;
    }
    size_t open = 1;
    while (++at < m->text_end) {
        step(m);
        if (*at == pattern[1]) {
            if (--open == 0) {
                return at + 1;
            }
        } else if (*at == pattern[0]) {
            open++;
        }
    }
    return NULL;
}

// As many as there are, then fewer and fewer.
static const char *match_most(struct matching *m, const char *at, const char *pattern,
                              const char *end)
{
    ptrdiff_t count = 0;
    while (is_one(m, at + count, pattern, end)) {
        step(m);
        count++;
    }
    for (; count >= 0; count--) {
        step(m);
        const char *const found = match(m, at + count, end + 1);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static const char *match_fewest(struct matching *m, const char *at, const char *pattern,
                                const char *end)
{
    for (;; at++) {
        step(m);
        const char *const found = match(m, at, end + 1);
        if (found != NULL) {
            return found;
        }
        if (!is_one(m, at, pattern, end)) {
            return NULL;
        }
    }
}

static const char *begin_capture(struct matching *m, const char *at, const char *pattern,
                                 ptrdiff_t size)
{
    if (m->count >= CAPTURES_MAX) {
        (void)luaL_error(m->lua, "too many captures");
    }
    m->captures[m->count].begin = at;
    m->captures[m->count].size = size;
    m->count++;
    const char *const found = match(m, at, pattern);
    m->count -= found == NULL;
    return found;
}

static const char *end_capture(struct matching *m, const char *at, const char *pattern)
{
    int open = m->count - 1;
    while (open >= 0 && m->captures[open].size != OPEN) {
        open--;
    }
    if (open < 0) {
        (void)luaL_error(m->lua, "invalid pattern capture");
        return NULL;
    }
    m->captures[open].size = at - m->captures[open].begin;
    const char *const found = match(m, at, pattern);
    if (found == NULL) {
        m->captures[open].size = OPEN;
    }
    return found;
}

// %1: what a capture holds, again.
static const char *match_capture(struct matching *m, const char *at, char digit)
{
    const int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].size == OPEN) {
        (void)luaL_error(m->lua, "invalid capture index");
        return NULL;
    }
    const ptrdiff_t size = m->captures[index].size;
    const bool is_same = size >= 0 && m->text_end - at >= size &&
                         memcmp(m->captures[index].begin, at, (size_t)size) == 0;
    return is_same ? at + size : NULL;
}

// %f[set]: between a character outside the set and one inside.
static bool is_frontier(const struct matching *m, const char *at, const char *set, const char *end)
{
    const unsigned char before = at == m->text ? 0 : (unsigned char)at[-1];
    const unsigned char after = at == m->text_end ? 0 : (unsigned char)*at;
    return !is_in_set(before, set, end) && is_in_set(after, set, end);
}

// What begins with % and is more than a class. False: it is a class.
static bool match_escape(struct matching *m, const char **at, const char **pattern)
{
    const char letter = *pattern + 1 < m->pattern_end ? (*pattern)[1] : '\0';
    if (letter == 'b') {
        *at = match_balance(m, *at, *pattern + 2);
        *pattern += 4;
        return true;
    }
    if (letter == 'f') {
        const char *const set = *pattern + 2;
        if (set >= m->pattern_end || *set != '[') {
            (void)luaL_error(m->lua, "missing '[' after '%%f' in pattern");
        }
        const char *const end = class_end(m, set);
        *at = is_frontier(m, *at, set, end) ? *at : NULL;
        *pattern = end;
        return true;
    }
    if (isdigit((unsigned char)letter)) {
        *at = match_capture(m, *at, letter);
        *pattern += 2;
        return true;
    }
    return false;
}

// The end of the match, or NULL.
static const char *match_here(struct matching *m, const char *at, const char *pattern)
{
    while (at != NULL && pattern != m->pattern_end) {
        step(m);
        switch (*pattern) {
        case '(':
            return pattern + 1 < m->pattern_end && pattern[1] == ')'
                       ? begin_capture(m, at, pattern + 2, POSITION)
                       : begin_capture(m, at, pattern + 1, OPEN);
        case ')':
            return end_capture(m, at, pattern + 1);
        case '$':
            if (pattern + 1 == m->pattern_end) {
                return at == m->text_end ? at : NULL;
            }
            break;
        case '%':
            if (match_escape(m, &at, &pattern)) {
                continue;
            }
            break;
        default:
            break;
        }
        const char *const end = class_end(m, pattern);
        const char repeat = end < m->pattern_end ? *end : '\0';
        if (repeat == '*') {
            return match_most(m, at, pattern, end);
        }
        if (repeat == '-') {
            return match_fewest(m, at, pattern, end);
        }
        const bool is = is_one(m, at, pattern, end);
        if (repeat == '+') {
            return is ? match_most(m, at + 1, pattern, end) : NULL;
        }
        if (repeat == '?') {
            const char *const found = is ? match(m, at + 1, end + 1) : NULL;
            if (found != NULL) {
                return found;
            }
            pattern = end + 1;
            continue;
        }
        at = is ? at + 1 : NULL;
        pattern = end;
    }
    return at;
}

static const char *match(struct matching *m, const char *at, const char *pattern)
{
    if (++m->depth > DEPTH_MAX) {
        (void)luaL_error(m->lua, "pattern too complex");
    }
    const char *const found = match_here(m, at, pattern);
    m->depth--;
    return found;
}

// Captures as values. --------------------------------------------------------------------------------

static void push_capture(struct matching *m, int index, const char *begin, const char *end)
{
    if (index >= m->count) {
        if (index != 0) {
            (void)luaL_error(m->lua, "invalid capture index");
        }
        lua_pushlstring(m->lua, begin, (size_t)(end - begin)); // the whole match
        return;
    }
    const ptrdiff_t size = m->captures[index].size;
    if (size == OPEN) {
        (void)luaL_error(m->lua, "unfinished capture");
    }
    if (size == POSITION) {
        lua_pushinteger(m->lua, m->captures[index].begin - m->text + 1);
    } else {
        lua_pushlstring(m->lua, m->captures[index].begin, (size_t)size);
    }
}

static int push_captures(struct matching *m, const char *begin, const char *end)
{
    const int count = m->count == 0 && begin != NULL ? 1 : m->count;
    luaL_checkstack(m->lua, count, "too many captures");
    for (int i = 0; i < count; i++) {
        push_capture(m, i, begin, end);
    }
    return count;
}

// string.find and string.match. ----------------------------------------------------------------------

static struct matching matching_over(lua_State *lua, const char **pattern)
{
    size_t size = 0;
    size_t pattern_size = 0;
    const char *const text = luaL_checklstring(lua, 1, &size);
    *pattern = luaL_checklstring(lua, 2, &pattern_size);
    return (struct matching){
        .lua = lua, .text = text, .text_end = text + size, .pattern_end = *pattern + pattern_size};
}

// From 1; negative from the end.
static const char *start_of(const struct matching *m, ptrdiff_t init)
{
    const ptrdiff_t size = m->text_end - m->text;
    ptrdiff_t at = init > 0 ? init - 1 : init < 0 ? size + init : 0;
    at = at < 0 ? 0 : at;
    return m->text + (at > size ? size : at);
}

static int find_plain(const struct matching *m, const char *at, const char *pattern)
{
    const size_t size = (size_t)(m->pattern_end - pattern);
    const char *const found =
        size == 0 ? at : memmem(at, (size_t)(m->text_end - at), pattern, size);
    if (found == NULL) {
        lua_pushnil(m->lua);
        return 1;
    }
    lua_pushinteger(m->lua, found - m->text + 1);
    lua_pushinteger(m->lua, found - m->text + (ptrdiff_t)size);
    return 2;
}

static int search(lua_State *lua, bool is_find)
{
    const char *pattern = NULL;
    struct matching m = matching_over(lua, &pattern);
    const char *at = start_of(&m, luaL_optinteger(lua, 3, 1));
    const bool has_signs = strpbrk(pattern, "^$*+?.([%-") != NULL ||
                           memchr(pattern, 0, (size_t)(m.pattern_end - pattern)) != NULL;
    if (is_find && (lua_toboolean(lua, 4) || !has_signs)) {
        return find_plain(&m, at, pattern);
    }
    const bool is_anchored = pattern < m.pattern_end && *pattern == '^';
    pattern += is_anchored;
    do {
        m.count = 0;
        const char *const end = match(&m, at, pattern);
        if (end != NULL && is_find) {
            lua_pushinteger(lua, at - m.text + 1);
            lua_pushinteger(lua, end - m.text);
            return push_captures(&m, NULL, NULL) + 2;
        }
        if (end != NULL) {
            return push_captures(&m, at, end);
        }
    } while (at++ < m.text_end && !is_anchored);
    lua_pushnil(lua);
    return 1;
}

static int find(lua_State *lua)
{
    return search(lua, true);
}

static int match_text(lua_State *lua)
{
    return search(lua, false);
}

// string.gmatch: the iterator's upvalues are text, pattern and where to go on. ---------------------------

static int next_match(lua_State *lua)
{
    lua_settop(lua, 0);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_pushvalue(lua, lua_upvalueindex(2));
    const char *pattern = NULL;
    struct matching m = matching_over(lua, &pattern);
    const char *at = m.text + lua_tointeger(lua, lua_upvalueindex(3));
    for (; at <= m.text_end; at++) {
        m.count = 0;
        const char *const end = match(&m, at, pattern);
        if (end != NULL) {
            lua_pushinteger(lua, end - m.text + (end == at ? 1 : 0));
            lua_replace(lua, lua_upvalueindex(3));
            return push_captures(&m, at, end);
        }
    }
    return 0;
}

static int gmatch(lua_State *lua)
{
    (void)luaL_checkstring(lua, 1);
    (void)luaL_checkstring(lua, 2);
    lua_settop(lua, 2);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_match, 3);
    return 1;
}

// string.gsub. -----------------------------------------------------------------------------------------

// %0 to %9 in a replacement are captures, %% is %.
static void add_text(struct matching *m, luaL_Buffer *out, const char *begin, const char *end)
{
    size_t size = 0;
    const char *const replacement = lua_tolstring(m->lua, 3, &size);
    for (size_t i = 0; i < size; i++) {
        if (replacement[i] != '%') {
            luaL_addchar(out, replacement[i]);
            continue;
        }
        i++;
        const char letter = i < size ? replacement[i] : '\0';
        if (!isdigit((unsigned char)letter)) {
            luaL_addchar(out, letter);
        } else if (letter == '0') {
            luaL_addlstring(out, begin, (size_t)(end - begin));
        } else {
            push_capture(m, letter - '1', begin, end);
            luaL_addvalue(out);
        }
    }
}

static void add_replacement(struct matching *m, luaL_Buffer *out, const char *begin,
                            const char *end)
{
    lua_State *const lua = m->lua;
    const int type = lua_type(lua, 3);
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        add_text(m, out, begin, end);
        return;
    }
    if (type == LUA_TTABLE) {
        push_capture(m, 0, begin, end);
        lua_gettable(lua, 3);
    } else {
        lua_pushvalue(lua, 3);
        const int count = push_captures(m, begin, end);
        lua_call(lua, count, 1);
    }
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushlstring(lua, begin, (size_t)(end - begin));
    } else if (!lua_isstring(lua, -1)) {
        (void)luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    }
    luaL_addvalue(out);
}

static int gsub(lua_State *lua)
{
    const char *pattern = NULL;
    struct matching m = matching_over(lua, &pattern);
    const int type = lua_type(lua, 3);
    luaL_argcheck(lua,
                  type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                      type == LUA_TTABLE,
                  3, "string/function/table expected");
    const ptrdiff_t max = luaL_optinteger(lua, 4, m.text_end - m.text + 1);
    const bool is_anchored = pattern < m.pattern_end && *pattern == '^';
    pattern += is_anchored;
    const char *at = m.text;
    ptrdiff_t count = 0;
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    while (count < max) {
        m.count = 0;
        const char *const end = match(&m, at, pattern);
        if (end != NULL) {
            count++;
            add_replacement(&m, &out, at, end);
        }
        if (end != NULL && end > at) {
            at = end;
        } else if (at < m.text_end) {
            luaL_addchar(&out, *at);
            at++;
        } else {
            break;
        }
        if (is_anchored) {
            break;
        }
    }
    luaL_addlstring(&out, at, (size_t)(m.text_end - at));
    luaL_pushresult(&out);
    lua_pushinteger(lua, count);
    return 2;
}

void script_open_patterns(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"find", find}, {"match", match_text}, {"gmatch", gmatch}, {"gsub", gsub}};
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        lua_pushcfunction(lua, functions[i].func);
        lua_setfield(lua, -2, functions[i].name);
    }
}
