#include "base/memory.h"
#include "cli/command.h"

int main(int argc, char **argv)
{
    memory_set_up();
    return (int)cli_main(argc, (const char *const *)argv);
}
