/*
 * What the search counts and says while it runs: which situations it met, and what a violation violates.
 *
 * None of it is part of a state. A counter is found once for each place in the model, then only raised.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
  const char *name;
  unsigned long hits;
} situations[128];
static int situation_count;

static void tell_situations(void) {
  for (int i = 0; i < situation_count; i++) printf("sometimes %s: %lu\n", situations[i].name, situations[i].hits);
}

static unsigned long *situation(const char *name) {
  for (int i = 0; i < situation_count; i++)
    if (strcmp(situations[i].name, name) == 0) return &situations[i].hits;
  if (situation_count == sizeof situations / sizeof *situations) {
    fprintf(stderr, "there are more situations than there is room for: %s\n", name);
    abort();
  }
  if (situation_count == 0) atexit(tell_situations);
  situations[situation_count].name = name;
  return &situations[situation_count++].hits;
}

static void violated(const char *property) { printf("violated: %s\n", property); }
