"""Price lists, token counts and what a call costs.

usage/ and response.py read what an API answered to counts.py; price_list.py has what is listed for a model
at an instant; cost.py multiplies the two, and gives the lines of cost_result.py. bill.py does it for the
calls of logs/, tally.py adds them up.
"""
