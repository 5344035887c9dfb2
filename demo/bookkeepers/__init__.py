"""The bookkeepers of the demo: what a person does in the books in the middle of it, by system.

What she does follows from the bills alone: those that she has dealt with are left as they are. So there is nothing for
her to do a second time, and an evening that was interrupted is taken up again.
"""
