package wild

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// cases says for each case of the design's first list which tests run a generated wrapper of it, and which golden
// files hold what is generated or refused: a path in testdata/golden without its extension, or the generated file beside
// the tests, which cachegen -check holds.
var cases = []struct {
	tests  []string // PACKAGE.TEST, of the packages beside this one
	golden []string
}{
	1:  {[]string{"wild.TestCase01AFlagThatSkipsTheCacheIsNoPartOfTheKey"}, []string{"cache/if", "cache/no_context"}},
	2:  {[]string{"wild.TestCase02AFlagThatSkipsTheReadStores"}, []string{"cache/reload"}},
	3:  {[]string{"wild.TestCase03ABatchAsksForWhatIsMissingAndLeavesTheCallersSliceAlone", "batch.TestSlices"}, []string{"batch/forms"}},
	4:  {[]string{"wild.TestCase04AZeroInABatchIsAHit", "batch.TestMap"}, []string{"batch/forms"}},
	5:  {[]string{"wild.TestCase05ABatchHasAFixedPartOfItsKeysBesideTheVaryingOne"}, []string{"batch/conditions", "batch/groups"}},
	6:  {[]string{"wild.TestCase06EachElementOfTheResultIsEvicted"}, []string{"evict/for", "evict/results"}},
	7:  {[]string{"wild.TestCase07AnEntryAndAllOfAnotherMethodGoAlsoWhenTheWriteFails"}, []string{"evict/groups"}},
	8:  {[]string{"wild.TestCase08AKeyFromTheResultIsEvicted"}, []string{"evict/results"}},
	9:  {[]string{"sets.TestTheKeyIsASet", "sets.TestSortedArgument"}, []string{"cache/sorted"}},
	10: {[]string{"wild.TestCase10WhatIsEvictedDependsOnTheStateBefore", "before.TestConditionOnTheStateBefore"}, []string{"evict/old"}},
	11: {[]string{"tags.TestAMemberEndsTheEntriesThatHoldIt", "tags.TestAMarkEvictedByOneProcessIsSeenByTheOthers"}, []string{"cache/tag"}},
	12: {[]string{"indexes.TestOneEntryIsFoundByEitherArgument", "indexes.TestAnEvictionOfTheEntryHoldsForTheIndex"}, []string{"cache/index"}},
	13: {[]string{"puts.TestPut", "puts.TestPutReplaces"}, []string{"evict/put"}},
	14: {[]string{"wild.TestCase14OnlyTheFirstPageIsCached"}, []string{"cache/if", "params/unnamed"}},
	15: {[]string{"wild.TestCase15AnEmptyAnswerIsNotStored"}, []string{"cache/unless"}},
	16: {[]string{"writes.TestAWriteIsReadBackThoughTheReplicaLags"}, []string{"wrap/primary"}},
	17: {[]string{"wild.TestCase17OneFieldOfAPointerIsTheKey"}, []string{"cache/several_results", "cache/key_pointer"}},
	18: {[]string{"wild.TestCase18AStructOfFiveFieldsIsTheKey"}, []string{"cache/key_kinds"}},
	19: {[]string{"before.TestEvictByTheStateBefore", "indexes.TestARenameEvictsTheOldNameAndTheNew"}, []string{"evict/old"}},
	20: {[]string{"batch.TestGeneric"}, []string{"batch/forms"}},
	21: {[]string{"wild.TestCase21MethodsWithoutAnErrorAreCachedAndFalseIsAnAnswer"}, []string{"cache/no_error"}},
	22: {[]string{"writes.TestAWriteInATransactionIsEvictedAfterTheCommit"}, []string{"evict/plain"}},
	23: {[]string{"wild.TestCase23TenantsDoNotShareAnEntry"}, []string{"refused/keys"}},
	24: {[]string{"tags.TestANamespaceEndsTheEntriesOfAllItsMethods", "groups.TestAMutatorEndsTheEntriesThatItsDirectiveMeansAndNoOthers"}, []string{"cache/tag", "evict/groups"}},
	25: {[]string{"wild.TestCase25AnyIsKeyedByItsTypeAndValue"}, []string{"types/any_key"}},
	26: {[]string{"wild.TestCase26ReadsAndEvictionsFoldAlike"}, []string{"cache/key_expressions"}},
	27: {[]string{"wild.TestCase27ACallerOutsideTheInterfaceEvicts", "groups.TestAnotherProcessSeesWhatAMutatorEnds"}, []string{"cache/key_expressions"}},
	28: {[]string{"wild.TestCase28AnEvictionByThePlainParameterBesideAFunc"}, []string{"evict/func_parameter"}},
	29: {[]string{"wild.TestCase29UnexportedFieldsComeBack"}, []string{"cache/hidden_fields", "refused/results"}},
	30: {[]string{"wild.TestCase30MapsWithStructKeysAndSeveralResultsWithoutAnError"}, []string{"cache/several_results"}},
	31: {[]string{"wild.TestCase31AdjacentStringsDoNotRunTogetherAndNilIsAnAnswer"}, []string{"cache/wide"}},
	32: {[]string{"wild.TestCase32OptionsOfFuncsAreCachedWhereThereAreNone"}, []string{"refused/keys", "params/variadic_funcs"}},
	33: {[]string{"wild.TestCase33AnInterfaceOfManyMethodsAndTwoPackagesOfOneName"}, []string{"imports/clash_in_signature", "clash/worst_case"}},
	34: {[]string{"wild.TestCase34NamesThatHideOthersAreForwarded"}, []string{"params/blank", "params/named_like_builtin", "params/named_like_import", "params/variadic"}},
	35: {[]string{"wild.TestCase35WhatCannotBeStoredCallsStraightThrough"}, []string{"refused/results", "refused/out_parameters"}},
	36: {[]string{"writes.TestAWriteInATransactionIsEvictedAfterTheCommit"}, []string{"evict/plain"}},
}

func TestEveryCaseHasAGoldenFileAndATest(t *testing.T) {
	if len(cases) != 37 {
		t.Fatalf("%d cases, want those of 1 to 36", len(cases)-1)
	}
	sources := make(map[string]string)
	for n, c := range cases[1:] {
		if len(c.tests) == 0 || len(c.golden) == 0 {
			t.Errorf("case %d has no test or no golden file", n+1)
		}
		for _, g := range c.golden {
			if _, err := os.Stat(filepath.Join("../../../testdata/golden", g+".txtar")); err != nil {
				t.Errorf("case %d: %v", n+1, err)
			}
		}
		for _, test := range c.tests {
			pkg, name, _ := strings.Cut(test, ".")
			if sources[pkg] == "" {
				sources[pkg] = testSource(t, pkg)
			}
			if !regexp.MustCompile(`(?m)^func ` + name + `\(t \*testing\.T\)`).MatchString(sources[pkg]) {
				t.Errorf("case %d: package %s has no test %s", n+1, pkg, name)
			}
		}
	}
}

func testSource(t *testing.T, pkg string) string {
	files, err := filepath.Glob(filepath.Join("..", pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(src)
	}
	return b.String()
}
