package main

func Example() {
	main()
	// Output:
	//   at first                      Ann  100, Ben   50
	// Ann sends Ben 30, evictions not deferred:
	//   before the commit, to others  Ann  100, Ben   50
	//   afterwards, in the database   Ann   70, Ben   80
	//   afterwards, to all            Ann  100, Ben   50
	// Ann sends Ben 30, evictions deferred:
	//   in the transaction            Ann   40, Ben  110
	//   before the commit, to others  Ann   70, Ben   80
	//   afterwards, in the database   Ann   40, Ben  110
	//   afterwards, to all            Ann   40, Ben  110
	// Ann sends Ben 500, evictions deferred:
	//   in the transaction            Ann -460, Ben  610
	//   before the commit, to others  Ann   40, Ben  110
	//   afterwards, in the database   Ann   40, Ben  110
	//   afterwards, to all            Ann   40, Ben  110
}
